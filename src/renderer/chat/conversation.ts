import type { HeldOutPrompt } from '../../contract/app.ts'
import type { ChatSettings } from '../../contract/chat-stream.ts'
import type { MainClient } from '../main-client.ts'
import { chatAfter, type ChatAction, type ChatState, type Column, conversationFor } from './chat-state.ts'

/** A model as it is asked. */
export interface AskedModel {
  column: Column
  dir: string
  name: string
}

interface Asking {
  turn: number
  column: Column
  asking: number
}

/** One conversation: what was said, and the answers on their way. */
export class Conversation {
  private readonly client: Pick<MainClient, 'stream'>
  private readonly listeners = new Set<() => void>()
  /** Answers on their way, and what each is called. */
  private readonly open = new Map<AbortController, Asking>()
  private lastId: number
  private state: ChatState

  constructor(client: Pick<MainClient, 'stream'>, state: ChatState) {
    this.client = client
    this.state = state
    this.lastId = Math.max(0, ...state.turns.map(({ id }) => id))
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }
  readonly look = (): ChatState => this.state

  /** Asks every model, one after the other, for an answer to a new message. */
  say(message: string, models: readonly AskedModel[], settings: ChatSettings): Promise<void> {
    const turn = ++this.lastId
    this.act({ do: 'add', turn, message })
    return Promise.all(models.map((model) => this.ask(turn, model, settings))).then(() => undefined)
  }

  /** Asks one model for an answer to a turn, in place of the one it has. Ends with the answer, however it ended. */
  async ask(turn: number, model: AskedModel, settings: ChatSettings): Promise<void> {
    const asking = ++this.lastId
    const at = { turn, column: model.column, asking }
    const request = {
      modelDir: model.dir,
      messages: conversationFor(this.state, turn, model.column),
      settings,
    }
    const abort = new AbortController()
    this.open.set(abort, at)
    this.act({ do: 'asked', ...at, modelName: model.name, settings })
    let problem: string | null = null
    try {
      for await (const event of this.client.stream('chat', request, { signal: abort.signal, window: 4 }))
        this.act({ do: 'event', ...at, event })
    } catch (error) {
      if (!abort.signal.aborted) problem = error instanceof Error ? error.message : String(error)
    }
    this.open.delete(abort)
    this.act({ do: 'ended', ...at, problem })
  }

  /** Ends every answer that is on its way; what is there of it stays. The engine follows within a call of its own. */
  stop(): void {
    const asked = [...this.open]
    this.open.clear()
    for (const [abort, at] of asked) {
      abort.abort()
      this.act({ do: 'ended', ...at, problem: null })
    }
  }

  clear(): void {
    this.stop()
    this.act({ do: 'clear' })
  }

  /** A new conversation that begins with the turns before a held-out prompt's question. */
  start(prompt: HeldOutPrompt): void {
    this.stop()
    this.act({ do: 'start', prompt })
  }

  /** Takes the last message out again, and its answers with it. */
  takeBack(): string | null {
    const last = this.state.turns.at(-1)
    if (!last) return null
    this.stop()
    this.act({ do: 'take-back' })
    return last.message
  }

  private act(action: ChatAction): void {
    this.state = chatAfter(this.state, action)
    for (const listener of this.listeners) listener()
  }
}
