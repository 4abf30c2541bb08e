import { ActionIcon, Tooltip } from '@mantine/core'
import { useState } from 'react'
import { Icon } from '../components/icon.tsx'
import { chatStrings as words } from '../strings/chat.ts'
import { type ChatAnswer, isOpen } from './chat-state.ts'

/** One model's answer, while it comes and after. Plain text: what a model writes is never read as HTML. */
export function AnswerView({
  answer,
  heard,
  onAgain,
}: {
  answer: ChatAnswer
  /** Whether later turns of this model include it. */
  heard: boolean
  /** Absent where it cannot be asked again. */
  onAgain: (() => void) | undefined
}) {
  const open = isOpen(answer)
  return (
    <article className="chat-answer" aria-label={answer.modelName}>
      <div className="chat-speaker">{answer.modelName}</div>
      <div className="chat-text" aria-live="polite" aria-busy={open}>
        {answer.text}
        {answer.phase === 'writing' && <span className="chat-cursor pulse" aria-hidden="true" />}
      </div>
      <Status answer={answer} />
      {!open && (
        <div className="chat-foot">
          <Measured answer={answer} />
          <AnswerActions answer={answer} onAgain={onAgain} />
        </div>
      )}
      {!open && !heard && onAgain && answer.phase !== 'failed' && <p className="hint">{words.leftOut}</p>}
    </article>
  )
}

function Status({ answer }: { answer: ChatAnswer }) {
  const { phase, problem, finish, tokens, text, running, promptTokens } = answer
  if (phase === 'waiting') return <p className="hint">{words.waiting(running)}</p>
  if (phase === 'loading') return <p className="hint">{words.loading}</p>
  if (phase === 'reading') return <p className="hint">{words.reading(promptTokens)}</p>
  if (phase === 'failed')
    return (
      <p className="chat-problem" role="alert">
        <Icon name="warning" /> {words.failed(problem ?? '')}
      </p>
    )
  if (phase === 'stopped') return <p className="hint">{words.stopped}</p>
  if (finish === 'length') return <p className="hint">{words.capped(tokens)}</p>
  if (finish === 'context') return <p className="hint">{words.contextFull}</p>
  if (phase === 'done' && text === '') return <p className="hint">{words.empty}</p>
  return null
}

/** Over fewer tokens a pace says nothing. */
const pacedTokens = 10

function Measured({ answer: { tokens, seconds, settings } }: { answer: ChatAnswer }) {
  const facts = [
    tokens > 0 ? words.tokens(tokens) : null,
    seconds !== null && tokens >= pacedTokens ? words.speed(tokens / seconds) : null,
    seconds === null ? null : words.seconds(seconds),
    settings.temperature === 0 || tokens === 0 ? null : words.seed(settings.seed),
  ].filter((fact) => fact !== null)
  if (facts.length === 0) return null
  return (
    <span className="hint number" title={words.speedHint}>
      {facts.join(' · ')}
    </span>
  )
}

function AnswerActions({ answer, onAgain }: { answer: ChatAnswer; onAgain: (() => void) | undefined }) {
  const [copied, setCopied] = useState<'yes' | 'no' | null>(null)
  const copy = (): void => {
    navigator.clipboard.writeText(answer.text).then(
      () => setCopied('yes'),
      () => setCopied('no'),
    )
  }
  const copyWords = copied === 'yes' ? words.copied : copied === 'no' ? words.copyFailed : words.copy
  return (
    <span className="chat-actions">
      {answer.text !== '' && (
        <Tooltip label={copyWords}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={words.copy}
            onClick={copy}
            onBlur={() => setCopied(null)}
          >
            <Icon name={copied === 'yes' ? 'check' : 'copy'} />
          </ActionIcon>
        </Tooltip>
      )}
      {onAgain && (
        <Tooltip label={answer.settings.temperature === 0 ? words.greedyAgain : words.regenerateHint}>
          <ActionIcon variant="subtle" color="gray" aria-label={words.regenerate} onClick={onAgain}>
            <Icon name="refresh" />
          </ActionIcon>
        </Tooltip>
      )}
      <span role="status" className="visually-hidden">
        {copied === null ? '' : copyWords}
      </span>
    </span>
  )
}
