import { Section } from '../components/sections.tsx'
import { chatStrings as words } from '../strings/chat.ts'
import type { ChatState, Column } from './chat-state.ts'

/** How much of the context each column's last answer filled. */
export function ContextSection({
  chat,
  columns,
  names,
  context,
}: {
  chat: ChatState
  columns: readonly Column[]
  names: readonly string[]
  /** Tokens. */
  context: number
}) {
  return (
    <Section title={words.context} hint={words.contextHint}>
      {columns.map((column) => {
        const last = chat.turns.findLast(({ answers }) => (answers[column]?.promptTokens ?? 0) > 0)
        const answer = last?.answers[column]
        const used = answer ? answer.promptTokens + answer.tokens : 0
        const share = Math.min(100, (100 * used) / context)
        return (
          <div key={column} className="chat-context">
            <div className="spread number">
              <span>{names[column]}</span>
              <span className="hint">{words.contextUsed(used, context)}</span>
            </div>
            <div className="bar" aria-hidden="true">
              <div className="done" style={{ width: `${share}%` }} />
            </div>
          </div>
        )
      })}
    </Section>
  )
}
