import { useEffect, useState, useSyncExternalStore } from 'react'
import { useMain } from '../use-main.ts'
import { type ChatState, emptyChat, isOpen, settled } from './chat-state.ts'
import { Conversation } from './conversation.ts'

const storageKey = (projectId: string): string => `chat-${projectId}`

/** The project's conversation in this window. Leaving the page stops it; coming back finds what was said. */
export function useConversation(projectId: string): {
  conversation: Conversation
  chat: ChatState
  busy: boolean
} {
  const client = useMain()
  const [conversation] = useState(() => {
    const text = sessionStorage.getItem(storageKey(projectId))
    return new Conversation(client, text === null ? emptyChat : (JSON.parse(text) as ChatState))
  })
  const chat = useSyncExternalStore(conversation.subscribe, conversation.look)
  useEffect(() => {
    const keep = (): void =>
      sessionStorage.setItem(storageKey(projectId), JSON.stringify(settled(conversation.look())))
    window.addEventListener('pagehide', keep)
    return () => {
      window.removeEventListener('pagehide', keep)
      conversation.stop()
      keep()
    }
  }, [conversation, projectId])
  const busy = chat.turns.some(({ answers }) => answers.some((answer) => answer !== null && isOpen(answer)))
  return { conversation, chat, busy }
}
