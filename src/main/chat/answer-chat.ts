import { setTimeout as pause } from 'node:timers/promises'
import type { ChatEvent } from '../../contract/app/chat.ts'
import type { ChatRequest } from '../../contract/chat-stream.ts'
import { AppError } from '../../contract/errors.ts'
import type { EngineAccess } from '../loop/engine-access.ts'
import type { Turns } from './turns.ts'

/** How often it is asked whether the engine is free again. */
const lookMs = 300

/**
 * One answer of the engine, which does one job at a time: it waits for other answers, and for what else the engine is at,
 * and says so. Throws what the engine's chat throws.
 */
export async function* answerChat(
  inspector: EngineAccess,
  turns: Turns,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, void> {
  if (turns.taken()) yield { kind: 'waiting', running: 'chat' }
  const end = await turns.take(signal)
  try {
    for (let said: string | null = null; ;) {
      try {
        yield* inspector.stream('chat', request, { signal })
        return
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'BUSY' || signal.aborted) throw error
        const running = String(error.data['running'] ?? '')
        if (running !== said) yield { kind: 'waiting', running }
        said = running
      }
      await pause(lookMs)
    }
  } finally {
    end()
  }
}
