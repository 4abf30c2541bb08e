import { statSync } from 'node:fs'
import type { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import type { TokenScores, TokenScoresRequest } from '../../contract/samples-engine.ts'
import { readDatasetRows } from '../data/dataset-rows.ts'
import type { LayeredModel } from '../model/layered-model.ts'
import { loadLayeredModel } from '../model/load-layered-model.ts'
import { halvedAfter } from '../onnx/out-of-memory.ts'
import { collate, type TokenSequence } from '../scoring/collate.ts'
import { tokenLogProbs } from '../scoring/response-scores.ts'
import { tokenTexts } from '../text/token-texts.ts'
import { answeringLength, inContext } from './context-length.ts'
import { type ModelContext, openModel } from './model-context.ts'
import { modelBackend } from './program-backend.ts'

type Request = z.output<typeof TokenScoresRequest>

interface LoadedPair {
  policy: ModelContext
  policyModel: LayeredModel
  opponentModel: LayeredModel
}

/** Two models of 0.5 B parameters are 4 GB: nobody who has left the page should pay for them. */
const releaseAfterMs = 180_000

let loaded: { key: string; pair: LoadedPair } | null = null
let idle: NodeJS.Timeout | undefined
/** Scoring and releasing never overlap. */
let last: Promise<unknown> = Promise.resolve()

/**
 * Log-probs of every token of some answers to one prompt by a model and its opponent, rendered as evaluation and training
 * render them (nothing is truncated). Both models stay loaded for the next call.
 * Throws what loading throws; OUT_OF_MEMORY; CANCELLED between the models.
 */
export async function tokenScores(
  request: Request,
  signal: AbortSignal,
): Promise<{ promptTokens: number; answers: TokenScores[] }> {
  clearTimeout(idle)
  const mine = last.then(() => score(request, signal))
  last = mine.catch(() => undefined)
  try {
    return await mine
  } finally {
    clearTimeout(idle)
    idle = setTimeout(() => void releaseTokenScores(), releaseAfterMs).unref()
  }
}

/** Frees both models. */
export function releaseTokenScores(): Promise<void> {
  const mine = last.then(async () => {
    const pair = loaded?.pair
    loaded = null
    await pair?.policyModel.release()
    await pair?.opponentModel.release()
  })
  last = mine.catch(() => undefined)
  return mine
}

async function score(
  request: Request,
  signal: AbortSignal,
): Promise<{ promptTokens: number; answers: TokenScores[] }> {
  const checkSignal = (): void => {
    if (signal.aborted) throw new AppError('CANCELLED', 'Nobody waits for these scores any more.')
  }
  checkSignal()
  const { policy, policyModel, opponentModel } = await pairOf(request)
  checkSignal()
  const { renderer, tokenizer, folder } = policy
  const promptIds = renderer.prompt(request.prompt)
  const sequences = request.answers.map(({ text, finish }) => ({
    promptIds,
    responseIds: renderer.response(request.prompt, text, finish),
  }))
  const byPolicy = await logProbs(policyModel, sequences, folder.eosIds)
  checkSignal()
  const byOpponent = await logProbs(opponentModel, sequences, folder.eosIds)
  return {
    promptTokens: promptIds.length,
    answers: sequences.map(({ responseIds }, i) => ({
      texts: tokenTexts(tokenizer, responseIds),
      policy: byPolicy[i]!,
      opponent: byOpponent[i]!,
      ended: folder.eosIds.includes(responseIds.at(-1) ?? -1),
    })),
  }
}

/** Of each sequence's response tokens; as many sequences at once as memory has room for. */
async function logProbs(
  model: LayeredModel,
  sequences: readonly TokenSequence[],
  eosIds: readonly number[],
): Promise<Float32Array<ArrayBuffer>[]> {
  const result = sequences.map(({ responseIds }) => new Float32Array(responseIds.length))
  let size = sequences.length
  for (let start = 0; start < sequences.length;) {
    const part = sequences.slice(start, start + size)
    try {
      const batch = collate(part, { eosIds })
      const logp = await tokenLogProbs(model, batch, batch)
      const next = new Int32Array(part.length)
      for (let r = 0; r < batch.rows; r++) {
        const b = batch.sequenceOf[r]!
        if (b >= 0) result[start + b]![next[b]!++] = logp[r]!
      }
      start += part.length
    } catch (error) {
      size = await halvedAfter(error, {
        size: part.length,
        least: 1,
        advice:
          'Memory ran out while scoring a single answer. Close other programs, or look at a shorter answer.',
        release: () => model.release(),
      })
    }
  }
  return result
}

async function pairOf(request: Request): Promise<LoadedPair> {
  const { modelDir, opponentDir, promptFormat, evaluated } = request
  const key = JSON.stringify([stampOf(modelDir), stampOf(opponentDir), promptFormat, evaluated])
  if (loaded?.key === key) return loaded.pair
  if (loaded) {
    const { policyModel, opponentModel } = loaded.pair
    loaded = null
    await policyModel.release()
    await opponentModel.release()
  }
  const opened = await openModel(modelDir, promptFormat)
  const opponent = await openModel(opponentDir, promptFormat)
  const length = await lengthFor(request, opened)
  const inLength = (model: ModelContext): ModelContext => ({
    ...model,
    folder: inContext(model.folder, () => length).folder,
  })
  const policy = inLength(opened)
  const pair: LoadedPair = {
    policy,
    policyModel: loadLayeredModel(policy.folder, modelBackend()),
    // A base that is the opponent of its own adapter is compared in the form that the adapter was trained on.
    opponentModel: loadLayeredModel(inLength(opponent).folder, {
      baseWeights: policy.folder.adapter?.baseWeights,
      ...modelBackend(),
    }),
  }
  loaded = { key, pair }
  return pair
}

/** As evaluateStage chooses it; 0 for models that have one set of frequencies. */
async function lengthFor({ evaluated }: Request, model: ModelContext): Promise<number> {
  if (!model.folder.config.layerKinds.some(({ rope }) => rope.byLength)) return 0
  const all = await readDatasetRows(evaluated.dataPath)
  const rows = evaluated.limit > 0 ? all.slice(0, evaluated.limit) : all
  return answeringLength(rows, model.renderer, evaluated.maxNewTokens)
}

/** A folder that was made again under its name is another model. */
function stampOf(dir: string): unknown {
  const found = statSync(dir, { throwIfNoEntry: false })
  return [dir, found?.ino ?? null, found?.mtimeMs ?? null]
}
