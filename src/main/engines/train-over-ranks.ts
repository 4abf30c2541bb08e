import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import {
  FinetuneRequest,
  type EngineContract,
  type FinetuneResult,
  type LogEvent,
  type Progress,
  type RankReply,
  type StepMetrics,
} from '../../contract/engine.ts'
import type { StreamEvent } from '../../ipc/contract.ts'
import { eventsOf } from '../../ipc/event-channel.ts'
import { createAttempts } from '../engine-client.ts'
import { enginePoolWords } from '../../strings/engine-pool.ts'
import type { EnginePool, PoolEngine } from './engine-pool.ts'
import { isOfOneEngine } from './lost-engine.ts'
import { RankRounds } from './rank-rounds.ts'

type Event = Progress | LogEvent | StepMetrics | FinetuneResult
type RankEvent = StreamEvent<EngineContract, 'trainRank'>
type Request = z.output<typeof FinetuneRequest>
interface Options {
  signal?: AbortSignal | undefined
}

/**
 * The fine-tune stage of an adapter over every engine of the pool, as ranks whose gradients are added up here. A rank that dies is
 * out, and the step is made again by those that are left. Where all died it begins again from the last checkpoint with all of
 * them, as often as one engine would. The result is that of one engine but for the order in which gradients are added.
 */
export async function* trainOverRanks(
  pool: EnginePool,
  input: z.input<typeof FinetuneRequest>,
  { signal }: Options = {},
): AsyncGenerator<Event, void, void> {
  const request = FinetuneRequest.parse(input)
  const attempts = createAttempts('finetune', 3)
  let highest = -1
  for (;;) {
    try {
      for await (const event of trainOnce(pool, attempts.withMemoryHint(request), signal)) {
        if (event.kind === 'step' && event.step > highest) {
          highest = event.step
          attempts.progressed()
          for (const { process } of pool.engines()) process.forgiveCrashes()
        }
        yield event
      }
      return
    } catch (error) {
      yield attempts.failed(error, signal)
    }
  }
}

const trainOnce = (
  pool: EnginePool,
  request: Request,
  outer: AbortSignal | undefined,
): AsyncGenerator<Event, void, void> =>
  eventsOf(outer, (send, signal, stop) => new SharedTraining(pool.engines(), send, stop).run(request, signal))

class SharedTraining {
  private readonly engines: readonly PoolEngine[]
  private readonly send: (event: Event) => void
  private readonly stop: AbortController
  private readonly session = randomUUID()
  private readonly rounds: RankRounds
  private readonly results = new Map<number, FinetuneResult>()
  private lastStep = -1
  private isDone = false
  private lastLoss: unknown
  private failure: { error: unknown } | null = null

  constructor(engines: readonly PoolEngine[], send: (event: Event) => void, stop: AbortController) {
    this.engines = engines
    this.send = send
    this.stop = stop
    this.rounds = new RankRounds([...engines.keys()], (reply) => void this.deliver(reply))
  }

  async run(request: Request, signal: AbortSignal): Promise<void> {
    this.log('info', enginePoolWords.trained(this.engines.map(({ name }) => name)))
    await Promise.all([...this.engines.keys()].map((rank) => this.follow(rank, request, signal)))
    if (this.failure) throw this.failure.error
    if (!this.isDone) throw this.lastLoss
  }

  /** One rank to its end. Never rejects. */
  private async follow(rank: number, request: Request, signal: AbortSignal): Promise<void> {
    const { session, engines } = this
    const ranks = [...engines.keys()]
    try {
      const stream = engines[rank]!.process.client().stream(
        'trainRank',
        { session, rank, ranks, request },
        { signal },
      )
      for await (const event of stream) this.receive(rank, event)
    } catch (error) {
      if (this.isDone || this.failure) return // it was stopped
      if (signal.aborted || !isOfOneEngine(error)) this.fail(error)
      else this.lose(rank, error)
    }
  }

  private receive(rank: number, event: RankEvent): void {
    const leads = rank === this.rounds.leader
    switch (event.kind) {
      case 'exchange':
        try {
          this.rounds.bring(rank, event)
        } catch (error) {
          this.fail(error)
        }
        break
      case 'step': // of whom it comes first; every rank has the same
        if (event.step <= this.lastStep) break
        this.lastStep = event.step
        this.send(event)
        break
      case 'progress':
        if (leads) this.send(event)
        break
      case 'log':
        if (leads) this.send(event)
        else if (event.level === 'warning')
          this.send({ ...event, message: enginePoolWords.of(this.engines[rank]!.name, event.message) })
        break
      case 'done':
        this.results.set(rank, event)
        this.finish()
    }
  }

  /** The leader's result is the training's. */
  private finish(): void {
    const { leader } = this.rounds
    const result = leader === null ? undefined : this.results.get(leader)
    if (!result || this.isDone) return
    this.isDone = true
    this.send(result)
    this.stop.abort()
  }

  private lose(rank: number, error: unknown): void {
    this.lastLoss = error
    this.rounds.lost(rank)
    const others = this.rounds.living.length
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    if (others > 0) this.log('warning', enginePoolWords.rankOut(this.engines[rank]!.name, why, others))
    this.finish()
  }

  private fail(error: unknown): void {
    this.failure ??= { error }
    this.stop.abort()
  }

  private async deliver(reply: Omit<RankReply, 'session'>): Promise<void> {
    const { process } = this.engines[reply.rank]!
    try {
      await process.client().call('rankReply', { ...reply, session: this.session })
    } catch (error) {
      // An engine that has died says so by its stream too.
      if (!isOfOneEngine(error)) this.fail(error)
    }
  }

  private log(level: LogEvent['level'], message: string): void {
    this.send({ kind: 'log', level, message })
  }
}
