import type { z } from 'zod'
import type {
  DeviceEvent,
  FinetuneResult,
  LogEvent,
  Progress,
  RankExchange,
  StepMetrics,
  TrainRankRequest,
} from '../../contract/engine.ts'
import { createEventChannel } from '../../ipc/event-channel.ts'
import { finetuneStage } from './finetune-stage.ts'
import { openRankLink } from './rank-link.ts'

type Event = Progress | LogEvent | DeviceEvent | StepMetrics | RankExchange | FinetuneResult

/**
 * The fine-tune stage as one of several engines. Every rank keeps the whole adapter and its optimizer state, and comes to the same
 * numbers after every step, so that any of them can go on as the leader. One that does not lead ends only when it is stopped.
 */
export async function* trainRankStage(
  request: z.output<typeof TrainRankRequest>,
  signal: AbortSignal,
): AsyncGenerator<Event, void, void> {
  const channel = createEventChannel<Event>()
  const ending = new AbortController()
  const stopped = AbortSignal.any([signal, ending.signal])
  const link = openRankLink(request, (message) => channel.send(message), stopped)
  const work = async (): Promise<void> => {
    for await (const event of finetuneStage(request.request, stopped, link)) channel.send(event)
  }
  const ended = work().then(
    () => channel.end(),
    (error: unknown) => channel.end(error),
  )
  try {
    yield* channel.events()
  } finally {
    ending.abort()
    await ended
    link.close()
  }
}
