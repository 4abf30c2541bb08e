import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { StepMetrics } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { canonicalJson } from '../loop/portable-paths.ts'
import { describeOutput, OutputFile, setAside, verifyOutputs } from '../loop/stage-outputs.ts'
import { replaceFile } from '../replace-file.ts'

const ExtraRecord = z.object({
  identity: z.string(),
  state: z.enum(['running', 'done']),
  /** Working time over all attempts. */
  seconds: z.number(),
  outputs: z.array(OutputFile),
  steps: z.array(z.unknown()),
  result: z.unknown(),
})
type ExtraRecord = z.infer<typeof ExtraRecord>

export interface ExtraStage<Event, Result> {
  /** Where its record is kept. */
  recordPath: string
  /** Request and sha256 of the inputs: what decides the result. */
  identity: unknown
  resultSchema: z.ZodType<Result>
  run(): AsyncIterable<Event>
  onEvent(event: Event): void
  /** Files that must be there, unchanged, for the recorded result to count. */
  outputs(result: Result): Promise<string[]> | string[]
  /** Set aside when the recorded outputs are damaged, so that they are made again. */
  folders: readonly string[]
}

export interface ExtraRun<Result> {
  result: Result
  seconds: number
  steps: StepMetrics[]
  /** Taken from the record. */
  skipped: boolean
}

const heartbeatMs = 2000

/**
 * A stage of the engine outside the loop (the SFT comparison, the base at other temperatures) under the loop's rule: a
 * finished one with the same request and unchanged files is not run again, an interrupted one is asked for again.
 */
export async function runExtraStage<Event extends { kind: string }, Result>(
  stage: ExtraStage<Event, Result>,
): Promise<ExtraRun<Result>> {
  const identity = canonicalJson(stage.identity)
  const before = readRecord(stage.recordPath)
  if (before?.identity === identity && before.state === 'done') {
    const { damaged } = await verifyOutputs(before.outputs)
    if (damaged.length === 0) {
      const result = stage.resultSchema.parse(before.result)
      return { result, seconds: before.seconds, steps: before.steps as StepMetrics[], skipped: true }
    }
    for (const folder of stage.folders) await setAside(folder)
  }
  mkdirSync(dirname(stage.recordPath), { recursive: true })
  const record: ExtraRecord = {
    identity,
    state: 'running',
    seconds: before?.identity === identity && before.state === 'running' ? before.seconds : 0,
    outputs: [],
    steps: [],
    result: null,
  }
  let since = performance.now()
  const save = (): void => {
    const now = performance.now()
    record.seconds += (now - since) / 1000
    since = now
    replaceFile(stage.recordPath, JSON.stringify(record))
  }
  save()
  let result: Result | undefined
  for await (const event of stage.run()) {
    if (event.kind === 'step') record.steps.push(event)
    if (event.kind === 'done') result = stage.resultSchema.parse(event)
    else stage.onEvent(event)
    if (performance.now() - since > heartbeatMs) save()
  }
  if (result === undefined)
    throw new AppError('INTERNAL', `The engine ended a stage without a result (${stage.recordPath}).`)
  record.outputs = await Promise.all([...(await stage.outputs(result))].sort().map(describeOutput))
  record.state = 'done'
  record.result = result
  save()
  return { result, seconds: record.seconds, steps: record.steps as StepMetrics[], skipped: false }
}

/** A damaged record counts as none: the stage itself finds what is on disk. */
function readRecord(path: string): ExtraRecord | null {
  if (!existsSync(path)) return null
  try {
    return ExtraRecord.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null
    throw error
  }
}
