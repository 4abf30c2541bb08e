import type { ReactNode } from 'react'
import type { ModelCard } from '../../contract/engine.ts'
import { whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { modelStrings as words } from '../strings/model.ts'

/** The chat template rendered on a short conversation; special tokens stand in boxes, line breaks are visible. */
export function TemplatePane({ model }: { model: ModelCard | null }) {
  const template = model?.template
  return (
    <Section
      title={words.template}
      hint={template ? words.templateFrom[template.source] : undefined}
      actions={
        template?.tokens != null && (
          <span className="hint number">{words.templateTokens(whole(template.tokens))}</span>
        )
      }
    >
      {template ? (
        <>
          <p className="hint">{words.templateSample}</p>
          {/* Of a stranger's file: it stands here as text alone. */}
          <div className="model-text" role="figure" aria-label={words.templateSample}>
            {template.parts.map(({ text, special }, i) =>
              special ? (
                <span key={i} className="model-special" title={words.templateKey.special}>
                  {text}
                </span>
              ) : (
                <span key={i}>{withBreaks(text)}</span>
              ),
            )}
          </div>
          <div className="model-key hint">
            <span>
              <span className="model-special">‹›</span> {words.templateKey.special}
            </span>
            <span>
              <span className="model-break">↵</span> {words.templateKey.newline}
            </span>
          </div>
          {!template.takesSystem && <Strip kind="info">{words.noSystem}</Strip>}
        </>
      ) : (
        <p className="hint">{words.noTemplate}</p>
      )}
    </Section>
  )
}

function withBreaks(text: string): ReactNode[] {
  return text.split('\n').flatMap((line, i) =>
    i === 0
      ? [line]
      : [
          <span key={i} className="model-break" aria-hidden="true">
            ↵{'\n'}
          </span>,
          line,
        ],
  )
}
