import type { DatasetRowView } from '../../contract/dataset-inspection.ts'
import { datasetStrings } from '../strings/dataset.ts'

const words = datasetStrings.preview

/** Turn by turn; what is learned in teal, what DPO trains against in orange. */
export function ConversationView({ row: { turns, rejected, check } }: { row: DatasetRowView }) {
  return (
    <div className="turns">
      {turns.map(({ role, content, tokens, learned }, i) => (
        <article key={i} className={learned ? 'turn learned' : `turn ${role}`}>
          <header>
            <h3>{learned ? words.human : words.roles[role]}</h3>
            {tokens !== null && <span className="hint number">{words.tokens(tokens)}</span>}
          </header>
          <p>{content}</p>
        </article>
      ))}
      {rejected !== null && (
        <article className="turn rejected">
          <header>
            <h3>{words.rejected}</h3>
          </header>
          <p>{rejected}</p>
        </article>
      )}
      {check !== null && (
        <p className="hint">
          {words.check} <code>{check}</code>
        </p>
      )}
    </div>
  )
}
