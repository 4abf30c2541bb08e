import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { PairRow } from '../../contract/chat.ts'
import {
  type DeviceEvent,
  FinetuneResult,
  type FinetuneRequest,
  type LogEvent,
  type Progress,
  type StepMetrics,
} from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { readPairRows } from '../data/pair-rows.ts'
import { isValidAnswer } from '../evaluation/check-answer.ts'
import { scoreSequences } from '../scoring/sequence-logps.ts'
import { engineThreads } from '../model/engine-threads.ts'
import type { LayeredModel } from '../model/layered-model.ts'
import { auditTemplate } from '../text/audit-template.ts'
import { noOpponent, opponentLogps } from '../training/opponent-logps.ts'
import type { Ranks } from '../training/ranks.ts'
import { hashedSettings, settingsHash } from '../training/settings-hash.ts'
import { train } from '../training/trainer.ts'
import { assertRejectedAnswers, trainingRows, type TrainingRow } from '../training/training-rows.ts'
import { checkPrecision } from './check-precision.ts'
import { inContext, trainingLength } from './context-length.ts'
import { openModel } from './model-context.ts'
import { batchAfter } from './memory-attempt.ts'
import { chosenBackend, takeBackendWarnings } from './program-backend.ts'
import { finishedResult, writeResult } from './stage-result.ts'
import { loadTrainingModel } from './training-model.ts'
import { engineLogWords } from '../../strings/engine-log.ts'
import { precisionWords } from '../../strings/precision.ts'
import { deviceOf } from './stage-device.ts'

type Request = z.infer<typeof FinetuneRequest>

/**
 * Stage 4, fine-tune: opponent log-probs once, then training from the opponent's weights. Called again after any
 * interruption it continues from the last checkpoint and ends with the same weights, byte for byte. `ranks`: this engine is
 * one of several that train together; one that does not lead writes nothing, and waits until it is stopped.
 */
export async function* finetuneStage(
  request: Request,
  signal: AbortSignal,
  ranks: Ranks | null = null,
): AsyncGenerator<Progress | LogEvent | DeviceEvent | StepMetrics | FinetuneResult> {
  const startedAt = performance.now()
  const { settings, gates, workDir, outDir } = request
  await mkdir(workDir, { recursive: true })
  const { folder: opened, renderer } = await openModel(request.modelDir, settings.promptFormat)
  const pairs = (await Promise.all(request.sources.map(readShare))).flat()
  if (pairs.length === 0)
    throw new AppError(
      'DATASET_EMPTY',
      'Expected at least one pair to train on; the sources hold none. Check the shares of the mix.',
    )
  if (settings.objective === 'dpo') assertRejectedAnswers(pairs)
  const key = settingsHash({
    settings: hashedSettings(settings),
    model: await opened.sha256(),
    ...(request.contextLength === undefined ? {} : { contextLength: request.contextLength }),
    step0Tolerance: gates.step0Tolerance,
    pairs: settingsHash(pairs),
    heldOut: request.heldOutPath !== null,
  })
  // What the template spoils would be trained as if the human had written it.
  auditTemplate(
    renderer,
    pairs.map(({ id, prompt, real, check }) => ({ id, prompt, answer: real, check })),
  )
  const known = await finishedResult(join(workDir, 'result.json'), key, FinetuneResult, outDir)
  if (known) {
    yield known
    return
  }

  const rows = trainingRows(pairs, renderer, settings, (pair) =>
    pair.check === null ? null : isValidAnswer(pair, pair.generated),
  )
  const { folder } = inContext(opened, () => Math.max(request.contextLength ?? 0, trainingLength(rows)))
  const nllOnly = rows.filter(({ generatedIds }) => !generatedIds).length
  if (settings.objective !== 'sft' && nllOnly > 0) {
    yield {
      kind: 'log',
      level: 'info',
      message: engineLogWords.withoutNegative[settings.objective](nllOnly, rows.length),
    }
  }
  const { eosIds } = folder
  await checkPrecision(settings.precision)
  const { model, pass, remarks, write } = loadTrainingModel(folder, settings)
  // No part of the key: a training may go on on another backend, whose numbers are the same but for rounding.
  const backend = chosenBackend()
  yield deviceOf('training')
  if (model.resident && settings.optimizer.stateBits === 8)
    yield { kind: 'log', level: 'info', message: engineLogWords.momentsOnProcessor }
  if (settings.precision !== 'f32') {
    yield { kind: 'log', level: 'info', message: precisionWords.chosen[settings.precision] }
    if (backend === 'onnxruntime') yield { kind: 'log', level: 'info', message: precisionWords.byRounding }
  }
  for (const message of remarks) yield { kind: 'log', level: 'info', message }
  const warnings: string[] = []
  const onWarning = (message: string): void => void warnings.push(message)
  const microBatch = batchAfter(settings.microBatch, request.memoryAttempt)
  // Plain SFT compares with nobody: its rows are not scored.
  const opponent =
    settings.objective === 'sft'
      ? noOpponent(rows.length)
      : yield* opponentLogps({
          model,
          rows,
          eosIds,
          batchSize: 2 * microBatch,
          path: join(workDir, 'opponent-logps.safetensors'),
          key,
          signal,
          onWarning,
          ranks,
        })
  // Of CUDA each session keeps what it took: where a program of its own trains, those that scored make room for it.
  const makeRoom = async () => void (pass && (await model.release()))
  await makeRoom()
  const heldOut =
    request.heldOutPath === null
      ? []
      : trainingRows(await readPairRows(request.heldOutPath), renderer, settings, () => null)
  const training = train({
    onWarning,
    mostRows: microBatch,
    model,
    ...(pass && { pass }),
    threads: engineThreads(folder.config),
    rows,
    opponent,
    settings,
    gates,
    eosIds,
    signal,
    checkpointDir: join(workDir, 'checkpoints'),
    settingsHash: key,
    ranks,
    heldOutNll:
      heldOut.length === 0
        ? null
        : async () => {
            const nll = await answerNll(model, heldOut.slice(0, maxHeldOut), {
              eosIds,
              batchSize: microBatch,
              onWarning,
              ranks,
            })
            await makeRoom()
            return nll
          },
  })
  let next = await training.next()
  for (; !next.done; next = await training.next()) {
    for (const message of [...warnings.splice(0), ...takeBackendWarnings()])
      yield { kind: 'log', level: 'warning', message }
    yield next.value
  }
  const { steps, savedStep, stoppedBy, step0, last } = next.value
  if (stoppedBy !== null) {
    yield {
      kind: 'log',
      level: 'warning',
      message: engineLogWords.stopped(steps, stoppedBy, savedStep),
    }
  }
  // Whoever leads writes; where it dies at that, the next one does.
  while (ranks && !ranks.isLeader) await ranks.exchange('written', null)
  const modelSha256 = await write(outDir, savedStep === 0)
  await model.release()
  const result: FinetuneResult = {
    kind: 'done',
    modelDir: outDir,
    modelSha256,
    steps,
    step0Loss: step0.spinLoss,
    lastLoss: last.spinLoss,
    lastNll: last.nll,
    stoppedBy,
    savedStep,
    pairs: rows.length - nllOnly,
    nllOnlyRows: nllOnly,
    seconds: (performance.now() - startedAt) / 1000,
  }
  await writeResult(join(workDir, 'result.json'), key, result)
  yield result
}

/** Held-out rows that the live guard scores: enough for a mean, few enough not to slow training. */
const maxHeldOut = 256

/** The first ⌊share·n⌋ rows, as the official mixer takes them. */
async function readShare({ path, fraction }: { path: string; fraction: number }): Promise<PairRow[]> {
  const rows = await readPairRows(path)
  return rows.slice(0, Math.floor(fraction * rows.length))
}

async function answerNll(
  model: LayeredModel,
  rows: readonly TrainingRow[],
  {
    ranks,
    ...options
  }: {
    eosIds: readonly number[]
    batchSize: number
    onWarning: (message: string) => void
    ranks: Ranks | null
  },
): Promise<number> {
  for (;;) {
    const own = ranks ? ranks.share(rows).map(({ item }) => item) : rows
    const scoring = scoreSequences(
      model,
      own.map(({ promptIds, realIds }) => ({ promptIds, responseIds: realIds })),
      options,
    )
    let next = await scoring.next()
    while (!next.done) next = await scoring.next()
    const logp = next.value.reduce((sum, score) => sum + score.logp, 0)
    const parts = ranks ? await ranks.exchange('held out', logp) : [logp]
    if (parts)
      return (
        -LogpSums.parse(parts).reduce((sum, part) => sum + part, 0) /
        rows.reduce((sum, { realIds }) => sum + realIds.length, 0)
      )
  }
}

const LogpSums = z.array(z.number())
