import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { StepMetrics } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { storedJson } from '../../contract/stored-json.ts'
import { syncFolder, writeDurable } from '../files/durable-file.ts'
import { openSafetensors, type Weight } from '../model/safetensors.ts'
import { writeSafetensors } from '../model/write-safetensors.ts'
import { GuardState } from './guards.ts'
import { LossScale } from './loss-scale.ts'
import type { OptimizerState } from './optimizer.ts'
import { packBytes, unpackBytes } from './packed-bytes.ts'

const weightsFile = 'weights.safetensors'
const optimizerFile = 'optimizer.safetensors'
const stateFile = 'state.json'

const FileSize = z.object({ bytes: z.number().int(), sha256: z.string() })
const StateDocument = z.object({
  version: z.literal(1),
  /** Updates made; the next one is `step` counted from 0. */
  step: z.number().int().min(0),
  settingsHash: z.string(),
  metrics: z.array(StepMetrics),
  guards: GuardState,
  microBatch: z.number().int().min(1),
  /** Of training in f16. */
  lossScale: LossScale.optional(),
  files: z.object({ [weightsFile]: FileSize, [optimizerFile]: FileSize }),
})
type StateDocument = z.infer<typeof StateDocument>

export interface CheckpointContent {
  step: number
  /** Of everything that decides the result: settings, data, start model. See settingsHash. */
  settingsHash: string
  metrics: StepMetrics[]
  guards: GuardState
  /** What it has come to: memory may have run out with the settings' own. */
  microBatch: number
  lossScale?: LossScale | undefined
  weights: ReadonlyMap<string, Weight>
  optimizer: OptimizerState
}

export interface Checkpoint extends Omit<CheckpointContent, 'weights' | 'optimizer'> {
  dir: string
  /** Every weight in float32, read from disk at each call. */
  readWeights(): Map<string, { shape: number[]; data: Float32Array }>
  readOptimizer(): OptimizerState
}

/** `step-000120`: six digits, so that names sort as numbers do. */
export const checkpointName = (step: number): string => `step-${String(step).padStart(6, '0')}`
const namePattern = /^step-(\d{6,})$/

/**
 * Writes `<dir>/step-000120/` with all that training needs to go on: under a temporary name, each file fsynced, then
 * renamed, so a folder of that name is always whole. Replaces one of the same step. Returns its path.
 */
export async function writeCheckpoint(dir: string, content: CheckpointContent): Promise<string> {
  const final = join(dir, checkpointName(content.step))
  const partial = `${final}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  const document: StateDocument = {
    version: 1,
    step: content.step,
    settingsHash: content.settingsHash,
    metrics: content.metrics,
    guards: content.guards,
    microBatch: content.microBatch,
    lossScale: content.lossScale,
    files: {
      [weightsFile]: await writeSafetensors(join(partial, weightsFile), content.weights, 'F32'),
      [optimizerFile]: await writeOptimizer(join(partial, optimizerFile), content.optimizer),
    },
  }
  await writeDurable(join(partial, stateFile), JSON.stringify(StateDocument.parse(document)))
  await syncFolder(partial)
  await rm(final, { recursive: true, force: true })
  await rename(partial, final)
  await syncFolder(dir)
  return final
}

/**
 * The newest whole checkpoint in `dir`; null where there is none. A folder whose files are missing or have another
 * size than its state.json says is passed over. Throws FILE_EXISTS where the newest belongs to other settings
 * (going on from it would give a model that neither set describes), FILE_UNREADABLE for one of another version.
 */
export async function latestCheckpoint(dir: string, settingsHash: string): Promise<Checkpoint | null> {
  for (const step of (await checkpointSteps(dir)).toReversed()) {
    const checkpoint = await readCheckpoint(dir, step)
    if (!checkpoint) continue
    if (checkpoint.settingsHash !== settingsHash) {
      throw new AppError(
        'FILE_EXISTS',
        `${checkpoint.dir} was made with other training settings, other pairs or another start model. ` +
          'Use the earlier ones to continue it, or delete the folder (or choose another one) to train anew.',
        { path: checkpoint.dir, expected: settingsHash, found: checkpoint.settingsHash },
      )
    }
    return checkpoint
  }
  return null
}

/** The checkpoint of one step; null where it is missing or not whole. */
export async function readCheckpoint(dir: string, step: number): Promise<Checkpoint | null> {
  const path = join(dir, checkpointName(step))
  const document = await readState(path)
  if (!document) return null
  for (const [name, { bytes }] of Object.entries(document.files)) {
    if ((await fileBytes(join(path, name))) !== bytes) return null
  }
  const { settingsHash, metrics, guards, microBatch, lossScale } = document
  return {
    dir: path,
    step: document.step,
    settingsHash,
    metrics,
    guards,
    microBatch,
    lossScale,
    readWeights() {
      const file = openSafetensors(join(path, weightsFile))
      return new Map([...file.tensors].map(([name, { shape }]) => [name, { shape, data: file.read(name) }]))
    },
    readOptimizer() {
      return readOptimizerFile(join(path, optimizerFile))
    },
  }
}

/** Codes of 8-bit state are packed into floats; how many there are stands in the header under `codes`. */
function writeOptimizer(path: string, state: OptimizerState): Promise<{ bytes: number; sha256: string }> {
  const codes: Record<string, number> = {}
  const tensors = new Map<string, Weight>()
  for (const [name, values] of state) {
    if (values instanceof Uint8Array) codes[name] = values.length
    const data = values instanceof Uint8Array ? packBytes(values) : values
    tensors.set(name, { shape: [data.length], data })
  }
  return writeSafetensors(path, tensors, 'F32', { codes: JSON.stringify(codes) })
}

function readOptimizerFile(path: string): OptimizerState {
  const file = openSafetensors(path)
  const codes = z.record(z.string(), z.number().int()).parse(JSON.parse(file.metadata['codes'] ?? '{}'))
  return new Map(
    [...file.tensors.keys()].map((name) => {
      const length = codes[name]
      const data = file.read(name)
      return [name, length === undefined ? data : unpackBytes(data, length)]
    }),
  )
}

/** Deletes all but the `keep` newest checkpoints and those of `protectedSteps`, and what interrupted writes left. */
export async function pruneCheckpoints(
  dir: string,
  keep: number,
  protectedSteps: readonly number[] = [],
): Promise<void> {
  const steps = await checkpointSteps(dir)
  const old = steps
    .slice(0, Math.max(0, steps.length - keep))
    .filter((step) => !protectedSteps.includes(step))
  for (const step of old) await rm(join(dir, checkpointName(step)), { recursive: true, force: true })
  for (const name of await namesIn(dir)) {
    if (name.endsWith('.partial') && namePattern.test(name.slice(0, -'.partial'.length))) {
      await rm(join(dir, name), { recursive: true, force: true })
    }
  }
}

/** Steps of the checkpoint folders in `dir`, ascending. */
export async function checkpointSteps(dir: string): Promise<number[]> {
  const steps = (await namesIn(dir)).map((name) => namePattern.exec(name)?.[1])
  return steps
    .filter((digits) => digits !== undefined)
    .map(Number)
    .toSorted((a, b) => a - b)
}

async function readState(path: string): Promise<StateDocument | null> {
  let text: string
  try {
    text = await readFile(join(path, stateFile), 'utf8')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
  const json = storedJson(text)
  if (json === null) return null
  const parsed = StateDocument.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new AppError(
      'FILE_UNREADABLE',
      `${join(path, stateFile)} is not a checkpoint state that this version understands (${issue?.path.join('.')}: ` +
        `${issue?.message}). Continue with the version that wrote it, or delete the folder to train anew.`,
      { path },
    )
  }
  return parsed.data
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function fileBytes(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
