import type { RenderedRow } from '../../contract/dataset-inspection.ts'
import { whole } from '../components/numbers.ts'
import { datasetStrings } from '../strings/dataset.ts'

const words = datasetStrings.preview
const tokensShown = 1500

/** The text that is encoded, marks of the template included. */
export function TemplateView({ rendered }: { rendered: RenderedRow }) {
  return (
    <pre className="template-text">
      <span>{rendered.promptText}</span>
      <mark>{rendered.answerText}</mark>
    </pre>
  )
}

export function TokensView({ rendered }: { rendered: RenderedRow }) {
  const { tokens, promptTokens, answerTokens } = rendered
  const shown = tokens.slice(0, tokensShown)
  const hidden = promptTokens + answerTokens - shown.length
  return (
    <>
      <ol className="tokens">
        {shown.map(({ id, text, learned }, i) => (
          <li key={i} className={learned ? 'learned' : undefined} title={words.tokenName(text, id)}>
            <span className="token-text">{visible(text)}</span>
            <span className="token-id number">{id}</span>
          </li>
        ))}
      </ol>
      {hidden > 0 && <p className="hint">{words.moreTokens(whole(hidden))}</p>}
    </>
  )
}

/** Blanks and line ends are tokens too; a token without text is a part of the next one's character. */
function visible(text: string): string {
  return text.replaceAll('\n', '↵').replaceAll('\t', '⇥').replaceAll(' ', '·') || '…'
}
