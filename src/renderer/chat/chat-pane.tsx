import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { ChatSettings } from '../../contract/chat-stream.ts'
import { EmptyState, Strip } from '../components/sections.tsx'
import { chatStrings as words } from '../strings/chat.ts'
import { useAction, useMain } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { type ChatState, type Column, hasHeldOut } from './chat-state.ts'
import { Composer } from './composer.tsx'
import type { AskedModel, Conversation } from './conversation.ts'
import { GivenMessage, TurnView } from './turn-view.tsx'

/** Nearer to the end than this, the view follows the text. */
const nearEndPx = 48

/** What was said, and where the next message is written. */
export function ChatPane({
  conversation,
  chat,
  busy,
  asked,
  settings,
}: {
  conversation: Conversation
  chat: ChatState
  busy: boolean
  asked: readonly AskedModel[]
  /** null = not known yet. */
  settings: ChatSettings | null
}) {
  const client = useMain()
  const project = useProject()
  const trying = useAction()
  const field = useRef<HTMLTextAreaElement>(null)
  const [message, setMessage] = useState('')
  const scroll = useFollowedEnd(chat)
  useEscape(busy, () => conversation.stop())

  const say = (text: string): void => {
    if (settings) void conversation.say(text, asked, settings)
  }
  const edit = (): void => {
    const text = conversation.takeBack()
    if (text === null) return
    setMessage(text)
    field.current?.focus()
  }
  /** The seed counts on with every answer to the same prompt, or it would be the same answer. */
  const again = (turn: ChatState['turns'][number], column: Column): void => {
    const model = asked.find((one) => one.column === column)
    if (!model || !settings) return
    const before = turn.answers[column]?.settings.seed
    const seed = before === undefined ? settings.seed : before + 1
    void conversation.ask(turn.id, model, { ...settings, seed })
  }
  const tryPrompt = (): void =>
    trying.run(async () => {
      const row = Math.floor(Math.random() * 2 ** 31)
      const prompt = await client.call('heldOutPrompt', { projectId: project.id, row })
      conversation.start(prompt)
      say(prompt.prompt.at(-1)?.content ?? '')
    })

  const columns = asked.map(({ column }) => column)
  return (
    <>
      <div className="chat-scroll" ref={scroll} tabIndex={-1}>
        {chat.turns.length === 0 ? (
          <EmptyState title={words.emptyTitle}>
            {asked.length > 1 ? words.emptyTwo : words.emptyOne}
          </EmptyState>
        ) : (
          <div className={`chat-said columns-${columns.length}`}>
            {chat.given.map((message, i) => (
              <GivenMessage key={i} message={message} />
            ))}
            {chat.turns.map((turn, i) => (
              <TurnView
                key={turn.id}
                turn={turn}
                columns={columns}
                isLast={i === chat.turns.length - 1 && !busy}
                reference={i === 0 ? chat.reference : null}
                onEdit={edit}
                onAsk={(column) => again(turn, column)}
              />
            ))}
          </div>
        )}
      </div>
      {trying.problem && <Strip kind="error">{trying.problem}</Strip>}
      <Composer
        field={field}
        message={message}
        onMessage={setMessage}
        busy={busy}
        blocked={asked.length === 0 || settings === null}
        onSend={() => {
          say(message.trim())
          setMessage('')
        }}
        onStop={() => conversation.stop()}
        onEdit={edit}
        onTry={hasHeldOut(project) ? tryPrompt : undefined}
      />
    </>
  )
}

function useEscape(active: boolean, run: () => void): void {
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  useEffect(() => {
    if (!active) return
    const press = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) latest.current()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [active])
}

/** The element stays at its end while that grows, unless a person has scrolled away from it. */
function useFollowedEnd(chat: ChatState) {
  const element = useRef<HTMLDivElement>(null)
  const follows = useRef(true)
  useEffect(() => {
    const target = element.current
    if (!target) return
    const look = (): void => {
      follows.current = target.scrollHeight - target.scrollTop - target.clientHeight < nearEndPx
    }
    target.addEventListener('scroll', look, { passive: true })
    return () => target.removeEventListener('scroll', look)
  }, [])
  useLayoutEffect(() => {
    if (follows.current && element.current) element.current.scrollTop = element.current.scrollHeight
  }, [chat])
  return element
}
