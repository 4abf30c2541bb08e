import { z } from 'zod'
import type { StepMetrics } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { ErrorCode } from '../../contract/errors.ts'
import type { StageName } from '../../contract/loop.ts'
import type { LoopEvent } from '../../contract/project.ts'
import { rowsPerTransaction } from '../store/database.ts'
import type { FractionRow, StageKey } from '../store/stage-queries.ts'
import type { Store } from '../store/store.ts'
import { canonicalJson, fromPortable, toPortable } from './portable-paths.ts'
import { describeOutput, OutputFile, setAside, verifyOutputs } from './stage-outputs.ts'
import { runLogWords } from '../../strings/run-log.ts'

export type EngineEvent = Extract<LoopEvent, { kind: 'engine' }>['event']

export interface StageSpec<Request, Result> {
  iteration: number
  name: StageName
  request: Request
  schema: z.ZodType<Request>
  /** sha256 of everything the stage reads; other inputs make it another stage. */
  inputs: Record<string, string>
  /** Folders that only this stage writes: set aside when it has to start over with other inputs. */
  folders: string[]
  /** Which of them appear whole; a damaged file costs the folder. Elsewhere only the damaged file is made again. */
  wholeFolders: string[]
  result: z.ZodType<Result>
  run(request: Request, relay: (event: EngineEvent) => void): Promise<Result>
  outputs(result: Result): Promise<string[]> | string[]
  /** Failures that the same request will always have: not tried again. */
  finalErrors?: readonly ErrorCode[]
}

export interface StageRun<Result> {
  result: Result
  outputs: OutputFile[]
  seconds: number // over all attempts
  skipped: boolean // taken from the record
}

export interface StageContext {
  store: Store
  runId: number
  projectDir: string
  signal?: AbortSignal | undefined
  onEvent: (event: LoopEvent) => void
}

/** Working time and steps are written at most so often: a killed program has lost no more of its curve than this. */
const writeEveryMs = 250

/**
 * Runs a stage, or takes its recorded result: a finished stage with the same request and inputs is skipped when its
 * files are still there with the recorded bytes; an interrupted one is asked for again with the same request, and the
 * engine continues from disk; one whose request or inputs changed starts over, its old folders set aside.
 * Throws what the engine throws; CANCELLED when the signal is aborted.
 */
export async function runStage<Request, Result>(
  context: StageContext,
  spec: StageSpec<Request, Result>,
): Promise<StageRun<Result>> {
  const { store, runId, projectDir, signal, onEvent } = context
  const key: StageKey = { runId, iteration: spec.iteration, name: spec.name }
  const identity = canonicalJson(toPortable({ request: spec.request, inputs: spec.inputs }, projectDir))
  const say = (state: Extract<LoopEvent, { kind: 'stage' }>['state']): number => {
    const seconds = store.stage(key)?.seconds ?? 0
    onEvent({ kind: 'stage', iteration: spec.iteration, stage: spec.name, state, seconds })
    return seconds
  }
  checkSignal(signal)

  const before = store.stage(key)
  const sameRequest = before !== undefined && identityOf(before.request, spec.schema) === identity
  if (before && !sameRequest) {
    for (const folder of spec.folders) await setAsideWithNote(context, folder, runLogWords.otherSettings)
    store.dropMetrics(runId, spec.iteration)
  }
  if (sameRequest && before.state === 'done') {
    const recorded = OutputFile.array().parse(fromPortable(JSON.parse(before.outputs), projectDir))
    const { damaged, fresh } = await verifyOutputs(recorded)
    if (damaged.length === 0) {
      store.setStageOutputs(key, JSON.stringify(toPortable(fresh, projectDir)))
      const result = spec.result.parse(fromPortable(JSON.parse(before.result ?? 'null'), projectDir))
      return { result, outputs: fresh, seconds: say('skipped'), skipped: true }
    }
    const aside = spec.wholeFolders.length > 0 ? spec.wholeFolders : damaged
    for (const path of aside) await setAsideWithNote(context, path, runLogWords.damaged(damaged.join(', ')))
  }
  if (
    sameRequest &&
    before.state === 'failed' &&
    spec.finalErrors?.some((code) => code === before.errorCode)
  ) {
    say('failed')
    throw new AppError(before.errorCode as ErrorCode, before.errorMessage ?? '')
  }

  store.startStage(key, identity, Date.now())
  say('started')
  const recorder = createRecorder(context, key)
  try {
    const result = await spec.run(spec.request, recorder.relay)
    const outputs = await Promise.all([...new Set(await spec.outputs(result))].sort().map(describeOutput))
    recorder.flush()
    store.finishStage(
      key,
      JSON.stringify(toPortable(result, projectDir)),
      JSON.stringify(toPortable(outputs, projectDir)),
      Date.now(),
    )
    return { result, outputs, seconds: say('done'), skipped: false }
  } catch (error) {
    recorder.flush()
    const cancelled = signal?.aborted === true || (error instanceof AppError && error.code === 'CANCELLED')
    const code = error instanceof AppError ? error.code : 'INTERNAL'
    const message = error instanceof Error ? error.message : String(error)
    if (cancelled) store.stopStage(key, 'pending', null, null, Date.now())
    else store.stopStage(key, 'failed', code, message, Date.now())
    say(cancelled ? 'stopped' : 'failed')
    checkSignal(signal) // an aborted wire may have closed with another error
    throw error
  }
}

/** Settings added by a later version get their defaults, so that a finished stage stays finished. */
function identityOf<Request>(recorded: string, schema: z.ZodType<Request>): string | null {
  const { request, inputs } = z
    .object({ request: z.unknown(), inputs: z.record(z.string(), z.string()) })
    .parse(JSON.parse(recorded))
  const parsed = schema.safeParse(request)
  return parsed.success ? canonicalJson({ request: parsed.data, inputs }) : null
}

export function checkSignal(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  throw new AppError(
    'CANCELLED',
    'The run was stopped. Start it again to go on from here.',
    {},
    { cause: signal.reason },
  )
}

async function setAsideWithNote(context: StageContext, path: string, why: string): Promise<void> {
  const kept = await setAside(path)
  notice(context, 'warning', runLogWords.madeAgain(path, why, kept))
}

export function notice(
  { store, runId, onEvent }: StageContext,
  level: 'info' | 'warning',
  message: string,
): void {
  store.saveEvent({ runId, createdAt: Date.now(), level, message, data: '{}' })
  onEvent({ kind: 'notice', level, message })
}

/** Passes the engine's events on and keeps what is worth keeping: steps, fractions, log lines, working time. */
function createRecorder({ store, runId, projectDir, onEvent }: StageContext, key: StageKey) {
  let steps: StepMetrics[] = []
  let fractions: FractionRow[] = []
  let since = performance.now()

  function flush(): void {
    const now = performance.now()
    store.addStageSeconds(key, (now - since) / 1000, Date.now())
    since = now
    if (steps.length > 0) store.saveMetrics(runId, key.iteration, steps)
    if (fractions.length > 0) store.saveFractions(runId, key.iteration, fractions)
    steps = []
    fractions = []
  }
  function relay(event: EngineEvent): void {
    if (event.kind === 'step') steps.push(event)
    if (event.kind === 'fraction') {
      const { kind: _kind, index, path, ...rest } = event
      fractions.push({ ...rest, fraction: index, path: toPortable(path, projectDir) as string })
    }
    if (event.kind === 'log') {
      const data = JSON.stringify({ iteration: key.iteration, stage: key.name })
      store.saveEvent({ runId, createdAt: Date.now(), level: event.level, message: event.message, data })
    }
    if (event.kind === 'device') {
      const message = runLogWords.device[event.work](event.id)
      const data = { iteration: key.iteration, stage: key.name, device: event.id, work: event.work }
      store.saveEvent({ runId, createdAt: Date.now(), level: 'info', message, data: JSON.stringify(data) })
    }
    const full = steps.length >= rowsPerTransaction || fractions.length > 0
    if (full || performance.now() - since > writeEveryMs) flush()
    onEvent({ kind: 'engine', iteration: key.iteration, stage: key.name, event })
  }
  return { relay, flush }
}
