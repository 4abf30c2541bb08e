import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import type { DatasetRow } from '../../contract/chat.ts'
import {
  type DeviceEvent,
  type EvaluationAnswer,
  type EvaluateRequest,
  EvaluationResult,
  type LogEvent,
  type Progress,
} from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { writeFileAtomically } from '../data/atomic-file.ts'
import { readDatasetRows } from '../data/dataset-rows.ts'
import { readPairRows } from '../data/pair-rows.ts'
import { isValidAnswer } from '../evaluation/check-answer.ts'
import { scoreAnswers } from '../evaluation/scores.ts'
import type { Answer } from '../generation/decoder.ts'
import { hash32 } from '../tensor/random.ts'
import { settingsHash } from '../training/settings-hash.ts'
import { spinLoss } from '../training/spin-loss.ts'
import { answeringLength, inContext } from './context-length.ts'
import { answerAll, scoreAll } from './evaluation-passes.ts'
import { batchAfter } from './memory-attempt.ts'
import { type ModelContext, openModel } from './model-context.ts'
import { writePairScores } from './pair-scores.ts'
import { finishedResult, writeResult } from './stage-result.ts'
import { progressWords } from '../../strings/progress.ts'
import { deviceOf } from './stage-device.ts'

type Request = z.infer<typeof EvaluateRequest>
type Event = Progress | LogEvent | DeviceEvent

/**
 * Stage 5, evaluate: greedy and sampled answers to the held-out prompts, judged by the rows' checkers (exact match where
 * there is none), and the model's log-probs of human answers, of held-out pairs, and of its own samples against the opponent's.
 */
export async function* evaluateStage(
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<Event | EvaluationResult> {
  const startedAt = performance.now()
  const { settings, outDir, memoryAttempt } = request
  const shape = { ...settings, batchSize: batchAfter(settings.batchSize, memoryAttempt) }
  await mkdir(outDir, { recursive: true })
  const opened = await openModel(request.modelDir, request.promptFormat)
  const all = await readDatasetRows(request.dataPath)
  const rows = settings.limit > 0 ? all.slice(0, settings.limit) : all
  if (rows.length === 0)
    throw new AppError(
      'DATASET_EMPTY',
      `Expected held-out rows in ${request.dataPath}, found none. Import the dataset with a share held out.`,
    )
  const pairs =
    request.heldOutPairsPath === null
      ? null
      : (await readPairRows(request.heldOutPairsPath)).slice(0, settings.limit || undefined)
  const inRowsContext = (model: ModelContext): ModelContext => {
    const measure = () => answeringLength(rows, opened.renderer, settings.maxNewTokens)
    return { ...model, folder: inContext(model.folder, measure).folder }
  }
  const policy = inRowsContext(opened)
  const opponent =
    request.opponentDir === null
      ? null
      : inRowsContext(await openModel(request.opponentDir, request.promptFormat))
  const resultPath = join(outDir, 'result.json')
  const answersPath = join(outDir, 'answers.jsonl')
  const key = settingsHash({
    settings,
    beta: request.beta,
    format: request.promptFormat,
    model: await policy.folder.sha256(),
    opponent: opponent && (await opponent.folder.sha256()),
    rows: settingsHash(rows),
    pairs: pairs && settingsHash(pairs),
  })
  const known = await finishedResult(resultPath, key, EvaluationResult)
  if (known) {
    yield { ...known, answersPath }
    return
  }

  yield deviceOf('answers')
  yield deviceOf('scoring')
  const prompts = rows.map(({ prompt }) => policy.renderer.prompt(prompt))
  const greedy = yield* answerAll(
    policy,
    prompts.map((ids) => ({ ids, seed: 0 })),
    { ...shape, temperature: 0 },
    progressWords.answeringGreedily,
    signal,
  )
  const samples: Answer[][] = rows.map(() => [])
  if (settings.samplesPerPrompt > 0) {
    const requests = rows.flatMap((row, i) =>
      Array.from({ length: settings.samplesPerPrompt }, (_, n) => ({
        ids: prompts[i]!,
        seed: hash32(settings.seed, row.id, n),
      })),
    )
    const sampled = yield* answerAll(
      policy,
      requests,
      shape,
      progressWords.sampling(settings.temperature),
      signal,
    )
    sampled.forEach((answer, i) => samples[Math.floor(i / settings.samplesPerPrompt)]!.push(answer))
  }
  const answers = rows.map((row, i) => judge(row, greedy[i]!, samples[i]!, policy))

  // Log-probs: human answers, then the pairs' answers, then (where they are the model's own distribution) its samples.
  const human = rows.map(({ prompt, answer }, i) => ({
    promptIds: prompts[i]!,
    responseIds: policy.renderer.response(prompt, answer, 'stop'),
  }))
  const real = (pairs ?? []).map((pair) => ({
    promptIds: policy.renderer.prompt(pair.prompt),
    responseIds: policy.renderer.response(pair.prompt, pair.real, 'stop'),
  }))
  const generated = (pairs ?? []).map((pair, i) => ({
    promptIds: real[i]!.promptIds,
    responseIds: policy.renderer.response(pair.prompt, pair.generated, pair.finishReason),
  }))
  const own =
    settings.temperature === 1 && opponent
      ? samples.flatMap((of, i) =>
          of.slice(0, 1).map((answer) => ({ promptIds: prompts[i]!, responseIds: withEos(answer) })),
        )
      : []
  const byPolicy = yield* scoreAll(
    policy,
    [...human, ...real, ...generated, ...own],
    shape.batchSize,
    progressWords.scoring,
    signal,
  )
  const compared = [...real, ...generated, ...own]
  const byOpponent = opponent
    ? yield* scoreAll(opponent, compared, shape.batchSize, progressWords.scoringOpponent, signal, policy)
    : byPolicy.slice(human.length)
  const policyOf = byPolicy.slice(human.length)
  const [r, g] = [real.length, real.length + generated.length]
  const spin =
    pairs &&
    spinLoss(
      {
        policyReal: policyOf.slice(0, r),
        policyGenerated: policyOf.slice(r, g),
        opponentReal: byOpponent.slice(0, r),
        opponentGenerated: byOpponent.slice(r, g),
        tokensReal: real.map(({ responseIds }) => responseIds.length),
        tokensGenerated: generated.map(({ responseIds }) => responseIds.length),
      },
      { beta: request.beta, lossType: 'sigmoid' },
    )
  const kl = own.length === 0 ? null : mean(own.map((_, i) => policyOf[g + i]! - byOpponent[g + i]!))

  if (pairs && spin) await writePairScores(outDir, pairs, spin, { real, generated })
  await writeFileAtomically(answersPath, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''))
  const result: EvaluationResult = {
    kind: 'done',
    ...scoreAnswers(answers),
    temperature: settings.temperature,
    heldOutLoss: spin && spin.loss,
    heldOutNll:
      -sum(byPolicy.slice(0, human.length)) / sum(human.map(({ responseIds }) => responseIds.length)),
    rewardAccuracy: spin && spin.accuracy,
    margin: spin && mean([...spin.margins]),
    kl: opponent ? kl : 0,
    meanTokensReal: mean(human.map(({ responseIds }) => responseIds.length)),
    meanTokensGreedy: mean(greedy.map((answer) => withEos(answer).length)),
    cappedShare: mean(greedy.map(({ finish }) => (finish === 'length' ? 1 : 0))),
    answersPath,
    seconds: (performance.now() - startedAt) / 1000,
  }
  await writeResult(resultPath, key, result)
  yield result
}

function judge(
  row: DatasetRow,
  greedy: Answer,
  samples: readonly Answer[],
  { tokenizer }: ModelContext,
): EvaluationAnswer {
  const text = ({ ids }: Answer) => tokenizer.decode(ids, { skipSpecial: true })
  // A capped answer never ended: whatever its text looks like so far, it is not an answer.
  const isValid = (answer: Answer) =>
    answer.finish === 'stop' && isValidAnswer({ check: row.check, real: row.answer }, text(answer))
  return {
    id: row.id,
    prompt: row.prompt.at(-1)!.content,
    real: row.answer,
    check: row.check,
    greedy: text(greedy),
    greedyFinish: greedy.finish,
    greedyValid: isValid(greedy),
    sampled: samples.map(text),
    sampledValid: samples.map(isValid),
  }
}

const withEos = ({ ids, eosId }: Answer): number[] => (eosId === null ? ids : [...ids, eosId])
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length)
