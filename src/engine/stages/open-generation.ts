import type { z } from 'zod'
import type { DatasetRow, FractionRow } from '../../contract/chat.ts'
import type { GenerateRequest, LogEvent } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { readDatasetRows } from '../data/dataset-rows.ts'
import { fractionPlan, type FractionSlice } from '../data/fraction-plan.ts'
import { type FractionWriter, openFraction } from '../data/fraction-writer.ts'
import { type Answer, Decoder, type Prompt } from '../generation/decoder.ts'
import { engineThreads } from '../model/engine-threads.ts'
import type { ModelFolder } from '../model/model-folder.ts'
import { hash32 } from '../tensor/random.ts'
import { auditTemplate } from '../text/audit-template.ts'
import type { Renderer } from '../text/renderer.ts'
import type { TextTokenizer } from '../text/tokenizer.ts'
import { settingsHash } from '../training/settings-hash.ts'
import { answeringLength, inContext } from './context-length.ts'
import { batchAfter } from './memory-attempt.ts'
import { openModel } from './model-context.ts'
import { generationDevice } from './program-backend.ts'
import { engineLogWords } from '../../strings/engine-log.ts'

type Request = z.infer<typeof GenerateRequest>

/** An opponent and its prompts, ready to answer them; what `generate` has open. */
export interface Generation {
  request: Request
  folder: ModelFolder
  tokenizer: TextTokenizer
  renderer: Renderer
  rows: readonly DatasetRow[]
  /** The fractions of all rows. */
  plan: readonly FractionSlice[]
  /** Those that are asked for. */
  wanted: readonly FractionSlice[]
  /** See GenerateResult. */
  contextLength: number | null
  warnings: LogEvent[]
}

/** Opens both and checks them. Throws TEMPLATE_BROKEN before a single token is generated, and DATASET_EMPTY. */
export async function openGeneration(request: Request): Promise<Generation> {
  const { settings, fracLen } = request
  const { folder: opened, tokenizer, renderer } = await openModel(request.modelDir, settings.promptFormat)
  const warnings = opened.warnings.map((message): LogEvent => ({ kind: 'log', level: 'warning', message }))
  const rows = await readDatasetRows(request.dataPath)
  if (rows.length === 0)
    throw new AppError(
      'DATASET_EMPTY',
      `Expected prompts in ${request.dataPath}, found none. Import the dataset again.`,
    )
  auditTemplate(renderer, rows)
  const { folder, contextLength } = inContext(opened, () =>
    Math.max(request.contextLength ?? 0, answeringLength(rows, renderer, settings.maxNewTokens)),
  )
  const { maxPositions } = folder.config
  const long = rows.filter(
    ({ prompt }) => renderer.prompt(prompt).length + settings.maxNewTokens > maxPositions,
  ).length
  if (long > 0) {
    warnings.push({
      kind: 'log',
      level: 'warning',
      message: engineLogWords.longPrompts(long, rows.length, settings.maxNewTokens, maxPositions),
    })
  }
  const plan = fractionPlan(rows.length, fracLen)
  const wanted = (request.fractions ?? plan.map(({ index }) => index)).map((index) => {
    const slice = plan[index]
    if (slice) return slice
    throw new AppError(
      'BAD_INPUT',
      `Fraction ${index} does not exist: ${rows.length} rows in fractions of ${fracLen} make fractions 0 to ${plan.length - 1}.`,
      { fraction: index },
    )
  })
  return { request, folder, tokenizer, renderer, rows, plan, wanted, contextLength, warnings }
}

/** Hash of everything that an answer depends on, the model's weights among it; the batch size is not. */
export async function generationKey({
  request,
  folder,
  rows,
  contextLength,
}: Generation): Promise<{ key: string; modelSha256: string }> {
  const { batchSize: _batchSize, ...sampling } = request.settings
  const baseWeights = baseWeightsOf({ request, folder })
  const modelSha256 = await folder.sha256()
  const key = settingsHash({
    model: modelSha256,
    rows: settingsHash(rows),
    sampling,
    fracLen: request.fracLen,
    split: request.split,
    ...(baseWeights === 'f32' ? {} : { baseWeights }),
    ...(contextLength === null ? {} : { contextLength }),
  })
  return { key, modelSha256 }
}

/** The form in which the matrices of the layers are used. */
export const baseWeightsOf = ({ request, folder }: Pick<Generation, 'request' | 'folder'>) =>
  folder.adapter?.baseWeights ?? request.baseWeights

export function openDecoder(
  { request, folder }: Generation,
  memoryAttempt: number | undefined,
  onWarning: (message: string) => void,
): Decoder {
  const { settings } = request
  const shape = { ...settings, batchSize: batchAfter(settings.batchSize, memoryAttempt) }
  const baseWeights = baseWeightsOf({ request, folder })
  return new Decoder({ ...folder, baseWeights }, shape, engineThreads(folder.config), {
    device: generationDevice(),
    onWarning,
  })
}

/** One of the fractions on disk. `part`: see FractionOptions. */
export function openFractionOf(
  { request: { outDir, split }, rows }: Generation,
  { index, start, end }: FractionSlice,
  key: string,
  part?: string,
): Promise<FractionWriter> {
  const rowIds = rows.slice(start, end).map(({ id }) => id)
  return openFraction({ dir: outDir, split, index, rowIds, key, ...(part === undefined ? {} : { part }) })
}

/**
 * Answers rows of one fraction and journals them. What a few seconds of work finished is on disk before the next begin.
 * Throws CANCELLED at such a moment, once the signal is aborted.
 */
export async function* answerRows(
  { folder, renderer, tokenizer, request: { settings } }: Generation,
  decoder: Decoder,
  fraction: Pick<FractionWriter, 'append'>,
  open: readonly DatasetRow[],
  signal: AbortSignal,
): AsyncGenerator<{ answered: readonly string[]; tokens: number }> {
  const { maxPositions } = folder.config
  const prompts = open.map((row): Prompt => {
    const ids = renderer.prompt(row.prompt)
    const room = Math.max(1, maxPositions - ids.length)
    return { ids, seed: hash32(settings.seed, row.id, 0), maxNewTokens: room }
  })
  for await (const { answered, tokens } of decoder.answers(prompts)) {
    await fraction.append(
      answered.map(({ index: i, answer }) =>
        fractionRow(open[i]!, prompts[i]!, answer, tokenizer.decode(answer.ids, { skipSpecial: true })),
      ),
    )
    if (signal.aborted)
      throw new AppError(
        'CANCELLED',
        'Generation was stopped; finished rows are on disk and it continues from there.',
      )
    yield { answered: answered.map(({ index }) => open[index]!.id), tokens }
  }
}

function fractionRow(
  row: DatasetRow,
  prompt: { ids: readonly number[]; seed: number },
  answer: Answer,
  text: string,
): FractionRow {
  return {
    id: row.id,
    real: [...row.prompt, { role: 'assistant', content: row.answer }],
    generated: [...row.prompt, { role: 'assistant', content: text }],
    check: row.check,
    seed: prompt.seed,
    finish_reason: answer.finish,
    prompt_tokens: prompt.ids.length,
    generated_tokens: answer.ids.length,
  }
}
