import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type {
  DeviceEvent,
  FractionDone,
  GenerateResult,
  GenerationPlan,
  LogEvent,
  Progress,
} from '../../contract/engine.ts'
import { GenerateRequest } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { callWithRestart, createAttempts, streamWithRestart } from '../engine-client.ts'
import { progressWords } from '../../strings/progress.ts'
import { enginePoolWords } from '../../strings/engine-pool.ts'
import type { EnginePool, PoolEngine } from './engine-pool.ts'
import { eventsOf } from '../../ipc/event-channel.ts'
import { isOfOneEngine } from './lost-engine.ts'
import { type Piece, PieceQueue } from './piece-queue.ts'
import { SharedProgress } from './shared-progress.ts'

type Event = Progress | LogEvent | DeviceEvent | FractionDone | GenerateResult

/** How often an engine without work looks whether another one has fallen silent. */
const lookEveryMs = 2000
/** What an engine has to end a piece that others have answered; then its process is ended, and started anew at need. */
const dropGraceMs = 20_000

/**
 * The generate stage over every engine of the pool: each pulls pieces of the fractions as fast as it answers them. One that
 * crashes gives back what it had not journalled and tries again; one that crashes too often is out, and the others go on. The
 * error of the last is the stage's. Fractions and manifest are those of one engine, byte for byte, where the engines compute
 * the same numbers.
 */
export async function* answerOverEngines(
  pool: EnginePool,
  input: z.input<typeof GenerateRequest>,
  { signal: outer }: { signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Event, void, void> {
  const request = GenerateRequest.parse(input)
  yield* eventsOf<Event>(outer, (send, signal) => new SharedAnswers(pool, request, signal, send).run())
}

class SharedAnswers {
  private readonly pool: EnginePool
  private readonly request: z.output<typeof GenerateRequest>
  /** Aborted by the caller, or where the whole fails. */
  private readonly signal: AbortSignal
  private readonly stop = new AbortController()
  private readonly send: (event: Event) => void
  private readonly session = randomUUID()
  private readonly lost = new Map<string, unknown>()
  private readonly workers = new Map<string, Promise<void>>()
  private readonly warned = new Set<string>()
  private readonly devices = new Set<string>()
  private failure: { error: unknown } | null = null

  constructor(
    pool: EnginePool,
    request: z.output<typeof GenerateRequest>,
    signal: AbortSignal,
    send: (event: Event) => void,
  ) {
    this.pool = pool
    this.request = request
    this.signal = AbortSignal.any([signal, this.stop.signal])
    this.send = send
  }

  async run(): Promise<void> {
    const { session, request } = this
    const plan = await this.byAnyEngine((engine) =>
      callWithRestart(
        engine.process,
        'generationPlan',
        { session, request },
        { signal: this.signal, onLog: (event) => this.tell(engine, event) },
      ),
    )
    for (const message of plan.warnings) this.warn(message)
    for (const { sealed } of plan.fractions) if (sealed) this.send(sealed)
    const open = plan.fractions.filter(({ sealed }) => sealed === null)
    if (open.length > 0) await this.share(plan, open)
    // One engine reads all of it again as it would after an interruption: what it finds is what it would have made.
    const told = new Set(plan.fractions.map(({ index }) => index))
    await this.byAnyEngine(async (engine) => {
      for await (const event of streamWithRestart(engine.process, 'generate', request, {
        signal: this.signal,
      })) {
        if (event.kind === 'log') this.warn(event.message, event.level)
        else if (event.kind === 'done' || (event.kind === 'fraction' && !told.has(event.index)))
          this.send(event)
      }
    })
  }

  private async share(plan: GenerationPlan, open: GenerationPlan['fractions']): Promise<void> {
    const rows = plan.fractions.reduce((sum, { start, end }) => sum + end - start, 0)
    const queue = new PieceQueue({ fractions: open, batchSize: this.request.settings.batchSize })
    const progress = new SharedProgress(
      {
        stage: progressWords.answering[this.request.split],
        total: rows,
        unit: progressWords.units.rows,
      },
      rows - queue.rowsLeft,
    )
    const shared = { plan, queue, progress }
    const enroll = (engine: PoolEngine): void => {
      progress.join(engine.id, engine.name)
      this.workers.set(engine.id, this.work(engine, shared))
    }
    const begun = this.pool.engines().filter(({ id }) => !this.lost.has(id))
    this.log('info', enginePoolWords.shared(begun.map(({ name }) => name)))
    for (const engine of begun) enroll(engine)
    const forget = this.pool.onChange(() => {
      for (const engine of this.pool.engines()) {
        if (this.workers.has(engine.id) || this.lost.has(engine.id)) continue
        this.log('info', enginePoolWords.joined(engine.name))
        enroll(engine)
      }
      queue.notify()
    })
    const wake = (): void => queue.notify()
    this.signal.addEventListener('abort', wake)
    try {
      // A device may join while the others are waited for.
      for (let waited = 0; waited < this.workers.size;) {
        waited = this.workers.size
        await Promise.all(this.workers.values())
      }
    } finally {
      forget()
      this.signal.removeEventListener('abort', wake)
    }
    if (this.failure) throw this.failure.error
    checkCancelled(this.signal)
    if (!queue.isDone) throw [...this.lost.values()].at(-1)
  }

  /** One engine's part, until all is sealed, it is lost, or the whole fails. Never rejects. */
  private async work(engine: PoolEngine, shared: Shared): Promise<void> {
    const { queue, progress } = shared
    const attempts = createAttempts('answerPiece', 3)
    const isAtWork = (): boolean =>
      !queue.isDone && !this.failure && !this.signal.aborted && this.pool.engines().includes(engine)
    while (isAtWork()) {
      const seal = queue.takeSeal()
      const piece = seal === null ? queue.take(engine.id) : null
      if (seal === null && piece === null) {
        await queue.changed(lookEveryMs)
        continue
      }
      try {
        if (seal !== null) await this.seal(engine, shared, seal)
        else await this.answer(engine, shared, piece!, attempts)
        attempts.progressed()
      } catch (error) {
        if (piece?.signal.aborted || this.signal.aborted || !this.pool.engines().includes(engine)) continue
        try {
          this.tell(engine, attempts.failed(error, this.signal))
        } catch (final) {
          this.lose(engine, final)
          progress.out(engine.id)
          break
        }
      }
    }
    if (!this.pool.engines().includes(engine) && !queue.isDone && !this.signal.aborted) {
      progress.out(engine.id)
      this.log('info', enginePoolWords.left(engine.name))
    }
    queue.notify()
  }

  private async answer(
    engine: PoolEngine,
    { plan, queue, progress }: Shared,
    piece: Piece,
    attempts: ReturnType<typeof createAttempts>,
  ): Promise<void> {
    const { session } = this
    const { key, contextLength } = plan
    const request = { ...this.request, ...(contextLength === undefined ? {} : { contextLength }) }
    const { fraction, rows } = piece
    const asked = attempts.withMemoryHint({
      session,
      request,
      key,
      fraction,
      rows: [...rows],
      part: engine.id,
    })
    const signal = AbortSignal.any([piece.signal, this.signal])
    let late: NodeJS.Timeout | undefined
    const drop = (): void => {
      late = setTimeout(() => void engine.process.kill(), dropGraceMs)
    }
    piece.signal.addEventListener('abort', drop)
    try {
      for await (const event of engine.process.client().stream('answerPiece', asked, { signal })) {
        if (event.kind === 'log') this.tell(engine, event)
        // Said at each piece: once for each device is enough.
        if (event.kind === 'device' && !this.devices.has(event.id)) {
          this.devices.add(event.id)
          this.send(event)
        }
        if (event.kind !== 'answered') continue
        const added = queue.answered(piece, event.rows)
        if (event.rows.length > 0) {
          attempts.progressed()
          engine.process.forgiveCrashes()
        }
        this.send(progress.add(engine.id, added, event.tokens))
      }
    } finally {
      clearTimeout(late)
      piece.signal.removeEventListener('abort', drop)
      queue.giveBack(piece)
    }
  }

  private async seal(engine: PoolEngine, { plan, queue }: Shared, fraction: number): Promise<void> {
    const { session, request, signal } = this
    let isSealed = false
    try {
      const asked = { session, request, key: plan.key, fraction }
      const done = await engine.process.client().call('sealFraction', asked, { signal })
      isSealed = true
      this.send(done)
    } finally {
      queue.sealed(fraction, isSealed)
    }
  }

  private lose(engine: PoolEngine, error: unknown): void {
    this.lost.set(engine.id, error)
    if (!isOfOneEngine(error)) {
      this.failure ??= { error }
      this.stop.abort()
      return
    }
    const others = this.pool.engines().filter(({ id }) => !this.lost.has(id)).length
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    if (others > 0) this.log('warning', enginePoolWords.out(engine.name, why, others))
  }

  /** Asks one engine after the other until one answers. */
  private async byAnyEngine<T>(ask: (engine: PoolEngine) => Promise<T>): Promise<T> {
    for (;;) {
      const engine = this.pool.engines().find(({ id }) => !this.lost.has(id))
      if (!engine) throw [...this.lost.values()].at(-1)
      try {
        return await ask(engine)
      } catch (error) {
        if (this.signal.aborted || !isOfOneEngine(error)) throw error
        this.lose(engine, error)
      }
    }
  }

  private tell(engine: PoolEngine, event: LogEvent): void {
    this.send({ ...event, message: enginePoolWords.of(engine.name, event.message) })
  }
  private log(level: LogEvent['level'], message: string): void {
    this.send({ kind: 'log', level, message })
  }
  /** Said by several engines, told once. */
  private warn(message: string, level: LogEvent['level'] = 'warning'): void {
    if (this.warned.has(message)) return
    this.warned.add(message)
    this.log(level, message)
  }
}

interface Shared {
  plan: GenerationPlan
  queue: PieceQueue
  progress: SharedProgress
}

function checkCancelled(signal: AbortSignal): void {
  if (signal.aborted)
    throw new AppError(
      'CANCELLED',
      'Generation was stopped; finished rows are on disk and it continues from there.',
    )
}
