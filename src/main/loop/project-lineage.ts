import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import {
  EvaluationResult,
  FinetuneRequest,
  FinetuneResult,
  GatherResult,
  GenerateResult,
} from '../../contract/engine.ts'
import type { ModelLineage } from '../../contract/lineage.ts'
import type { StageName } from '../../contract/loop.ts'
import { baseIteration } from '../../contract/project.ts'
import type { LoopSetup } from '../../contract/project.ts'
import type { TrainingSettings } from '../../contract/settings.ts'
import type { Store } from '../store/store.ts'
import { fromPortable } from './portable-paths.ts'
import { projectLayout } from './project-layout.ts'

export interface LineageSource {
  store: Pick<Store, 'stages' | 'eventsWith'>
  runId: number
  projectDir: string
  setup: LoopSetup
  baseSha256: string
  /** Of the programs that made it. */
  versions: Record<string, string>
}

/** What the run's record tells of how the model of `iteration` came to be; null where it has no such model. */
export function projectLineage(source: LineageSource, iteration: number): ModelLineage | null {
  const { store, runId, projectDir, setup, baseSha256, versions } = source
  const rows = store.stages(runId)
  const layout = projectLayout(projectDir)
  const recorded = <T>(name: StageName, of: number, schema: z.ZodType<T>): Recorded<T> | null => {
    const row = rows.find((stage) => stage.name === name && stage.iteration === of)
    if (row?.state !== 'done' || row.result === null) return null
    const { request, inputs } = RecordedRequest.parse(fromPortable(JSON.parse(row.request), projectDir))
    return { result: schema.parse(fromPortable(JSON.parse(row.result), projectDir)), request, inputs }
  }
  const links: ModelLineage['iterations'] = []
  const evaluations: [string, EvaluationResult][] = []
  let trainSha256: string | null = null
  let trainRows: number | null = null
  // From the model back to the base: an iteration may have started from an older one than the one before.
  for (let at = iteration; at >= 0;) {
    const generate = recorded('generate', at, z.object({ train: GenerateResult }))
    const gather = recorded('gather', at, GatherResult)
    const finetune = recorded('finetune', at, FinetuneResult)
    if (!generate || !gather || !finetune) return null
    const { steps, savedStep, modelSha256, pairs } = finetune.result
    links.unshift({
      iteration: at,
      pairs,
      pairsSha256: gather.result.sha256,
      steps: Math.min(steps, savedStep),
      modelSha256,
    })
    const evaluation = recorded('evaluate', at, EvaluationResult)
    if (evaluation) evaluations.unshift([`iteration ${at}`, evaluation.result])
    trainSha256 = generate.inputs['train'] ?? null
    trainRows = generate.result.train.fractions.reduce((sum, fraction) => sum + fraction.rows, 0)
    const { modelDir: startDir } = FinetuneRequest.pick({ modelDir: true }).parse(finetune.request)
    let start = at - 1
    while (start >= 0 && layout.iteration(start).model !== startDir) start--
    at = start
  }
  const ofBase = recorded('evaluate', baseIteration, EvaluationResult)
  if (ofBase) evaluations.unshift(['base model', ofBase.result])
  const plan = setup.plan.iterations[iteration]
  if (links.length === 0 || !plan) return null
  const baseName = publicName(setup.modelDir)
  return {
    title: `${baseName.slice(baseName.lastIndexOf('/') + 1)}, self-play iteration ${iteration}`,
    baseModel: { name: baseName, sha256: baseSha256 },
    license: null,
    method: methodText(plan.training),
    tags: plan.training.objective === 'spin' ? ['spin', 'self-play'] : [plan.training.objective],
    datasets: dataNames(setup.data).map((name, _, names) =>
      // What is known of all files together is said once.
      names.length === 1
        ? { name, rows: trainRows, sha256: trainSha256 }
        : { name, rows: null, sha256: null },
    ),
    iterations: links,
    settings: flat({ fracLen: setup.plan.fracLen, ...plan }),
    scores: evaluations.map(([model, evaluation]) => ({ model, values: scoresOf(evaluation) })),
    versions: {
      ...versions,
      ...devicesOf(
        store,
        runId,
        links.map(({ iteration: of }) => of),
      ),
    },
  }
}

/** What each kind of work was computed on, over the iterations that led to the model: "answers computed on" → "cpu, cuda:1". */
function devicesOf(
  store: Pick<Store, 'eventsWith'>,
  runId: number,
  iterations: readonly number[],
): Record<string, string> {
  const found = new Map<string, Set<string>>()
  for (const { data } of store.eventsWith(runId, 'device')) {
    const event = DeviceNote.safeParse(JSON.parse(data))
    if (!event.success || !iterations.includes(event.data.iteration)) continue
    const { work, device } = event.data
    found.set(work, (found.get(work) ?? new Set()).add(device))
  }
  return Object.fromEntries(
    [...found].sort().map(([work, ids]) => [`${work} computed on`, [...ids].sort().join(', ')]),
  )
}
const DeviceNote = z.object({ iteration: z.number().int(), device: z.string(), work: z.string() })

interface Recorded<T> {
  result: T
  request: unknown
  inputs: Record<string, string>
}
const RecordedRequest = z.object({ request: z.unknown(), inputs: z.record(z.string(), z.string()) })

/** `owner/name` of a folder in the Hub's cache, else the folder's or file's own name: a path is nobody else's business. */
export function publicName(path: string): string {
  const [, owner, name] = /(?:models|datasets)--([^/\\]+?)--([^/\\]+)/.exec(path) ?? []
  return owner !== undefined && name !== undefined ? `${owner}/${name}` : basename(path)
}

const ImportNote = z.object({ sources: z.array(z.object({ path: z.string() })).min(1) })

/** Of what the rows were read from; ready files that were reformatted here say it in the import.json beside them. */
function dataNames(data: LoopSetup['data']): string[] {
  const unique = (paths: readonly string[]) => [...new Set(paths.map(publicName))]
  if (data.kind === 'import') return unique(data.sources)
  try {
    const text = readFileSync(join(dirname(data.trainPath), 'import.json'), 'utf8')
    const note = ImportNote.safeParse(JSON.parse(text))
    if (note.success) return unique(note.data.sources.map(({ path }) => path))
  } catch (error) {
    // A folder from elsewhere has no such note, and needs none.
    if (!(error instanceof SyntaxError) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return [publicName(data.trainPath)]
}

function methodText({ objective, lossType, adapter }: TrainingSettings): string {
  const names = {
    spin: 'Self-Play Fine-Tuning (SPIN)',
    dpo: 'Direct Preference Optimization (DPO)',
    sft: 'Supervised fine-tuning',
  }
  const loss = objective === 'sft' || lossType === 'sigmoid' ? '' : ` with the ${lossType} loss`
  const base = adapter && adapter.baseWeights !== 'f32' ? ` on ${adapter.baseWeights} weights` : ''
  return `${names[objective]}${loss}, ${adapter ? `LoRA of rank ${adapter.rank}${base}` : 'all weights'}`
}

/** Four decimals: more than their noise. */
function scoresOf(e: EvaluationResult): Record<string, number | null> {
  const rounded = (value: number | null) => value && Number(value.toFixed(4))
  return {
    greedy: rounded(e.greedy),
    [`sampled (T = ${e.temperature})`]: rounded(e.sampled),
    'held-out NLL': rounded(e.heldOutNll),
    'held-out SPIN loss': rounded(e.heldOutLoss),
    'reward accuracy': rounded(e.rewardAccuracy),
    KL: rounded(e.kl),
  }
}

/** Leaves by their path, "training.optimizer.lr"; lists as one text. */
function flat(value: object, prefix = ''): ModelLineage['settings'] {
  const leaves: ModelLineage['settings'] = {}
  for (const [key, item] of Object.entries(value) as [string, unknown][]) {
    const path = prefix + key
    if (Array.isArray(item)) leaves[path] = item.join(', ')
    else if (typeof item === 'object' && item !== null) Object.assign(leaves, flat(item, `${path}.`))
    else if (item !== undefined) leaves[path] = item as string | number | boolean | null
  }
  return leaves
}
