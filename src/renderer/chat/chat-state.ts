import type { ChatEvent, HeldOutPrompt, ProjectView } from '../../contract/app.ts'
import type { Message } from '../../contract/chat.ts'
import type { ChatSettings } from '../../contract/chat-stream.ts'

export type Column = 0 | 1

export interface ChatAnswer {
  /** Which asking this is: events of an earlier one are no longer its own. */
  asking: number
  modelName: string
  settings: ChatSettings
  phase: 'waiting' | 'loading' | 'reading' | 'writing' | 'done' | 'stopped' | 'failed'
  /** What the engine is at, while waiting. */
  running: string
  text: string
  tokens: number
  promptTokens: number
  seconds: number | null
  finish: 'stop' | 'length' | 'context' | null
  problem: string | null
}

export interface ChatTurn {
  id: number
  message: string
  /** By column; null = this model was not asked. */
  answers: [ChatAnswer | null, ChatAnswer | null]
}

export interface ChatState {
  /** Turns of a held-out prompt before its question: they belong to every column. */
  given: Message[]
  /** The prompt of the first turn, where it is one of the dataset's. */
  reference: HeldOutPrompt | null
  turns: ChatTurn[]
}

export type ChatAction =
  | { do: 'clear' }
  | { do: 'start'; prompt: HeldOutPrompt }
  | { do: 'add'; turn: number; message: string }
  | { do: 'take-back' }
  | {
      do: 'asked'
      turn: number
      column: Column
      asking: number
      modelName: string
      settings: ChatSettings
    }
  | { do: 'event'; turn: number; column: Column; asking: number; event: ChatEvent }
  | { do: 'ended'; turn: number; column: Column; asking: number; problem: string | null }

const unanswered = {
  phase: 'loading',
  running: '',
  text: '',
  tokens: 0,
  promptTokens: 0,
  seconds: null,
  finish: null,
  problem: null,
} as const

export const emptyChat: ChatState = { given: [], reference: null, turns: [] }

export const isOpen = ({ phase }: ChatAnswer): boolean =>
  phase === 'waiting' || phase === 'loading' || phase === 'reading' || phase === 'writing'

export function chatAfter(state: ChatState, action: ChatAction): ChatState {
  switch (action.do) {
    case 'clear':
      return emptyChat
    case 'start':
      return { given: action.prompt.prompt.slice(0, -1), reference: action.prompt, turns: [] }
    case 'add': {
      const turn: ChatTurn = { id: action.turn, message: action.message, answers: [null, null] }
      return { ...state, turns: [...state.turns, turn] }
    }
    case 'take-back': {
      const turns = state.turns.slice(0, -1)
      return turns.length === 0 ? { ...state, reference: null, turns } : { ...state, turns }
    }
    case 'asked':
      return withAnswer(state, action.turn, action.column, () => ({
        ...unanswered,
        asking: action.asking,
        modelName: action.modelName,
        settings: action.settings,
      }))
    case 'event':
      return withAnswer(state, action.turn, action.column, (answer) =>
        answer?.asking === action.asking && isOpen(answer) ? afterEvent(answer, action.event) : answer,
      )
    case 'ended':
      return withAnswer(state, action.turn, action.column, (answer) => {
        if (answer?.asking !== action.asking || !isOpen(answer)) return answer
        const { problem } = action
        return { ...answer, phase: problem === null ? 'stopped' : 'failed', problem }
      })
  }
}

function withAnswer(
  state: ChatState,
  id: number,
  column: Column,
  change: (answer: ChatAnswer | null) => ChatAnswer | null,
): ChatState {
  const turns = state.turns.map((turn) => {
    if (turn.id !== id) return turn
    const [left, right] = turn.answers
    const answers: ChatTurn['answers'] = column === 0 ? [change(left), right] : [left, change(right)]
    return { ...turn, answers }
  })
  return { ...state, turns }
}

function afterEvent(answer: ChatAnswer, event: ChatEvent): ChatAnswer {
  switch (event.kind) {
    case 'waiting':
      return { ...answer, phase: 'waiting', running: event.running }
    case 'log':
      return { ...answer, phase: 'loading' } // the engine was started again
    case 'begin':
      return { ...answer, phase: 'reading', text: '', tokens: 0, promptTokens: event.promptTokens }
    case 'text':
      return { ...answer, phase: 'writing', text: answer.text + event.text, tokens: event.tokens }
    case 'done': {
      const { text, tokens, seconds, promptTokens, finish } = event
      return { ...answer, phase: 'done', text, tokens, seconds, promptTokens, finish }
    }
  }
}

/** Whether a turn is part of what this column's model has heard: it has answered, if only the beginning. */
export const isHeard = ({ answers }: ChatTurn, column: Column): boolean => {
  const answer = answers[column]
  return answer !== null && (answer.phase === 'done' || answer.phase === 'stopped') && answer.text !== ''
}

/** What a column's model is asked for this turn: everything that it answered before, and the turn's message. */
export function conversationFor(state: ChatState, id: number, column: Column): Message[] {
  const messages = [...state.given]
  for (const turn of state.turns) {
    if (turn.id === id) return [...messages, { role: 'user', content: turn.message }]
    if (!isHeard(turn, column)) continue
    messages.push({ role: 'user', content: turn.message })
    messages.push({ role: 'assistant', content: turn.answers[column]!.text })
  }
  throw new Error(`turn ${id} is not part of this conversation`)
}

/** Of a stored conversation, whose streams are gone. */
export function settled(state: ChatState): ChatState {
  const close = (answer: ChatAnswer | null): ChatAnswer | null =>
    answer && isOpen(answer) ? { ...answer, phase: 'stopped' } : answer
  const turns = state.turns.map((turn) => ({
    ...turn,
    answers: [close(turn.answers[0]), close(turn.answers[1])] as ChatTurn['answers'],
  }))
  return { ...state, turns }
}

/** Whether the dataset has prompts that were kept out of training. */
export const hasHeldOut = ({ draft }: ProjectView): boolean => (draft.data?.testRows ?? 0) > 0
