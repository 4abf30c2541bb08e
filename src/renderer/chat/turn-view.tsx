import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { Icon } from '../components/icon.tsx'
import type { HeldOutPrompt } from '../../contract/app.ts'
import type { Message } from '../../contract/chat.ts'
import { chatStrings as words } from '../strings/chat.ts'
import { AnswerView } from './answer-view.tsx'
import { type ChatTurn, type Column, isHeard } from './chat-state.ts'

/** A message and, below it, a column's answer beside the other's. */
export function TurnView({
  turn,
  columns,
  isLast,
  reference,
  onEdit,
  onAsk,
}: {
  turn: ChatTurn
  columns: readonly Column[]
  isLast: boolean
  /** Where the message is a prompt of the dataset. */
  reference: HeldOutPrompt | null
  onEdit: () => void
  onAsk: (column: Column) => void
}) {
  return (
    <div className="chat-turn">
      <div className="chat-message">
        <div className="chat-speaker">
          {words.you}
          {reference && <span className="hint">{words.fromDataset(reference.row)}</span>}
          {isLast && (
            <Tooltip label={words.edit}>
              <ActionIcon variant="subtle" color="gray" aria-label={words.edit} onClick={onEdit}>
                <Icon name="pencil" />
              </ActionIcon>
            </Tooltip>
          )}
        </div>
        <div className="chat-text">{turn.message}</div>
        {reference && (
          <details className="chat-human">
            <summary>{words.humanAnswer}</summary>
            <div className="chat-text">{reference.answer}</div>
          </details>
        )}
      </div>
      <div className={`chat-columns columns-${columns.length}`}>
        {columns.map((column) => {
          const answer = turn.answers[column]
          const again = isLast ? () => onAsk(column) : undefined
          return (
            <div key={column}>
              {answer ? (
                <AnswerView answer={answer} heard={isHeard(turn, column)} onAgain={again} />
              ) : (
                <NotAsked onAsk={again} />
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}

/** A turn that came with a held-out prompt. */
export function GivenMessage({ message: { role, content } }: { message: Message }) {
  const speaker = role === 'system' ? words.system : role === 'user' ? words.you : words.assistant
  return (
    <div className="chat-message given">
      <div className="chat-speaker">{speaker}</div>
      <div className="chat-text">{content}</div>
    </div>
  )
}

function NotAsked({ onAsk }: { onAsk: (() => void) | undefined }) {
  return (
    <div className="chat-answer">
      {onAsk ? (
        <Button variant="default" onClick={onAsk}>
          {words.ask}
        </Button>
      ) : (
        <p className="hint">{words.notAsked}</p>
      )}
    </div>
  )
}
