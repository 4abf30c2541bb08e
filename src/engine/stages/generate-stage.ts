import { mkdir } from 'node:fs/promises'
import type { z } from 'zod'
import type { DatasetRow, FractionRow } from '../../contract/chat.ts'
import type {
  FractionDone,
  GenerateRequest,
  GenerateResult,
  LogEvent,
  Progress,
} from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { readDatasetRows } from '../data/dataset-rows.ts'
import { fractionPlan } from '../data/fraction-plan.ts'
import { openFraction } from '../data/fraction-writer.ts'
import { type Answer, Decoder, type Prompt } from '../generation/decoder.ts'
import { engineThreads } from '../model/engine-threads.ts'
import { hash32 } from '../tensor/random.ts'
import { auditTemplate } from '../text/audit-template.ts'
import { settingsHash } from '../training/settings-hash.ts'
import { answeringLength, inContext } from './context-length.ts'
import { openModel } from './model-context.ts'
import { batchAfter } from './memory-attempt.ts'
import { StageProgress } from './stage-progress.ts'
import { progressWords } from '../../strings/progress.ts'
import { engineLogWords } from '../../strings/engine-log.ts'

type Request = z.infer<typeof GenerateRequest>

/**
 * Stage 2, generate: the opponent answers the prompts, fraction by fraction. What a few seconds of work finished is on disk
 * before the next begin, so a kill costs the rows in the making alone; a row's answer depends on the model, the prompt and
 * its own seed alone, so an interrupted fraction ends with the same bytes as an uninterrupted one. Throws TEMPLATE_BROKEN
 * before a single token is generated.
 */
export async function* generateStage(
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent | FractionDone | GenerateResult> {
  const { settings, outDir, split, fracLen } = request
  await mkdir(outDir, { recursive: true })
  const { folder: opened, tokenizer, renderer } = await openModel(request.modelDir, settings.promptFormat)
  for (const message of opened.warnings) yield { kind: 'log', level: 'warning', message }
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
  const context = contextLength === null ? {} : { contextLength }
  const { maxPositions } = folder.config
  const long = rows.filter(
    ({ prompt }) => renderer.prompt(prompt).length + settings.maxNewTokens > maxPositions,
  ).length
  if (long > 0) {
    yield {
      kind: 'log',
      level: 'warning',
      message: engineLogWords.longPrompts(long, rows.length, settings.maxNewTokens, maxPositions),
    }
  }

  const modelSha256 = await folder.sha256()
  // Everything an answer depends on; the batch size is not among it.
  const { batchSize: _batchSize, ...sampling } = settings
  const baseWeights = folder.adapter?.baseWeights ?? request.baseWeights
  const form = baseWeights === 'f32' ? {} : { baseWeights }
  const key = settingsHash({
    model: modelSha256,
    rows: settingsHash(rows),
    sampling,
    fracLen,
    split,
    ...form,
    ...context,
  })
  if (baseWeights !== 'f32') {
    yield {
      kind: 'log',
      level: 'info',
      message: engineLogWords.usedAs(baseWeights),
    }
  }
  const plan = fractionPlan(rows.length, fracLen)
  const wanted = request.fractions ?? plan.map(({ index }) => index)
  const missing = wanted.find((index) => !plan[index])
  if (missing !== undefined) {
    throw new AppError(
      'BAD_INPUT',
      `Fraction ${missing} does not exist: ${rows.length} rows in fractions of ${fracLen} make fractions 0 to ${plan.length - 1}.`,
      { fraction: missing },
    )
  }

  const warnings: string[] = []
  const shape = { ...settings, batchSize: batchAfter(settings.batchSize, request.memoryAttempt) }
  const decoder = new Decoder({ ...folder, baseWeights }, shape, engineThreads(folder.config), {
    onWarning: (message) => warnings.push(message),
  })
  const progress = new StageProgress(
    progressWords.answering[split],
    wanted.reduce((n, index) => n + plan[index]!.end - plan[index]!.start, 0),
    progressWords.units.rows,
  )
  const done: Omit<FractionDone, 'kind'>[] = []
  let finishedRows = 0
  let tokens = 0
  try {
    for (const index of wanted) {
      const { start, end } = plan[index]!
      const slice = rows.slice(start, end)
      const fraction = await openFraction({
        dir: outDir,
        split,
        index,
        rowIds: slice.map(({ id }) => id),
        key,
      })
      try {
        const open = slice.filter(({ id }) => !fraction.finished.has(id))
        finishedRows += slice.length - open.length
        const prompts = open.map((row): Prompt => {
          const ids = renderer.prompt(row.prompt)
          const room = Math.max(1, maxPositions - ids.length)
          return { ids, seed: hash32(settings.seed, row.id, 0), maxNewTokens: room }
        })
        for await (const part of decoder.answers(prompts)) {
          for (const message of warnings.splice(0)) yield { kind: 'log', level: 'warning', message }
          await fraction.append(
            part.answered.map(({ index: i, answer }) =>
              fractionRow(open[i]!, prompts[i]!, answer, tokenizer.decode(answer.ids, { skipSpecial: true })),
            ),
          )
          if (signal.aborted)
            throw new AppError(
              'CANCELLED',
              'Generation was stopped; finished rows are on disk and it continues from there.',
            )
          yield progress.at((finishedRows += part.answered.length), (tokens += part.tokens))
        }
        const sealed = await fraction.seal()
        done.push(sealed)
        yield { ...sealed, kind: 'fraction' }
      } finally {
        await fraction.close()
      }
    }
  } finally {
    await decoder.release() // or a stopped stage would leave the packed weights in memory
  }
  yield {
    kind: 'done',
    fractions: done,
    sha256: settingsHash(done.map(({ sha256 }) => sha256)),
    modelSha256,
    ...context,
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
