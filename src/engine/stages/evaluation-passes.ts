import type { LogEvent, Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { type Answer, Decoder, type Prompt } from '../generation/decoder.ts'
import { engineThreads } from '../model/engine-threads.ts'
import { loadLayeredModel } from '../model/load-layered-model.ts'
import type { TokenSequence } from '../scoring/collate.ts'
import { scoreSequences } from '../scoring/sequence-logps.ts'
import type { ModelContext } from './model-context.ts'
import { generationDevice, modelBackend, takeBackendWarnings } from './program-backend.ts'
import { StageProgress } from './stage-progress.ts'
import { progressWords } from '../../strings/progress.ts'

/** Answers in the order of the prompts. */
export async function* answerAll(
  { folder }: ModelContext,
  prompts: readonly Prompt[],
  { temperature, maxNewTokens, batchSize }: { temperature: number; maxNewTokens: number; batchSize: number },
  stage: string,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent, Answer[]> {
  const warnings: string[] = []
  const decoder = new Decoder(
    folder,
    { temperature, topK: 0, topP: 1, maxNewTokens, batchSize },
    engineThreads(folder.config),
    { device: generationDevice(), onWarning: (message) => warnings.push(message) },
  )
  const progress = new StageProgress(stage, prompts.length, progressWords.units.answers)
  const answers = new Array<Answer>(prompts.length)
  let done = 0
  let tokens = 0
  try {
    for await (const part of decoder.answers(prompts)) {
      for (const message of [...warnings.splice(0), ...takeBackendWarnings()])
        yield { kind: 'log', level: 'warning', message }
      if (signal.aborted)
        throw new AppError('CANCELLED', 'The evaluation was stopped; it starts again with this stage.')
      for (const { index, answer } of part.answered) answers[index] = answer
      yield progress.at((done += part.answered.length), (tokens += part.tokens))
    }
  } finally {
    await decoder.release()
  }
  return answers
}

/** Summed log-probs in the order of the sequences. */
export async function* scoreAll(
  { folder }: ModelContext,
  sequences: readonly TokenSequence[],
  batchSize: number,
  stage: string,
  signal: AbortSignal,
  against: Pick<ModelContext, 'folder'> = { folder },
): AsyncGenerator<Progress | LogEvent, number[]> {
  if (sequences.length === 0) return []
  // A base that is the opponent of its own adapter is compared in the form that the adapter was trained on.
  const model = loadLayeredModel(folder, {
    baseWeights: against.folder.adapter?.baseWeights,
    ...modelBackend(),
  })
  const progress = new StageProgress(stage, sequences.length, progressWords.units.answers)
  const warnings: string[] = []
  const onWarning = (message: string): void => void warnings.push(message)
  const scoring = scoreSequences(model, sequences, { batchSize, eosIds: folder.eosIds, onWarning })
  try {
    let next = await scoring.next()
    for (; !next.done; next = await scoring.next()) {
      for (const message of [...warnings.splice(0), ...takeBackendWarnings()])
        yield { kind: 'log', level: 'warning', message }
      if (signal.aborted)
        throw new AppError('CANCELLED', 'The evaluation was stopped; it starts again with this stage.')
      yield progress.at(next.value)
    }
    return next.value.map(({ logp }) => logp)
  } finally {
    await model.release()
  }
}
