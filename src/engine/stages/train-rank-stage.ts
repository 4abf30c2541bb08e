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
import { eventsOf } from '../../ipc/event-channel.ts'
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
  yield* eventsOf<Event>(signal, async (send, stopped) => {
    const link = openRankLink(request, send, stopped)
    try {
      for await (const event of finetuneStage(request.request, stopped, link)) send(event)
    } finally {
      link.close()
    }
  })
}
