import type { Answer, DecoderSettings, Prompt } from '../../../src/engine/generation/decoder.ts'
import type { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import { wholeSequences } from '../../../src/engine/model/token-batch.ts'
import { finalNormName, headName } from '../../../src/engine/model/weight-names.ts'
import { uniform } from '../../../src/engine/tensor/random.ts'

export interface PlainAnswer extends Answer {
  /** The logits [V] that each token was chosen from, an EOS included. */
  logits: Float64Array[]
}

/** One prompt answered without cache, batch, loop or sampling in a graph: the whole sequence anew for every token. */
export async function plainAnswer(
  model: LayeredModel,
  { ids: prompt, seed }: Prompt,
  settings: Omit<DecoderSettings, 'batchSize'>,
  eosIds: readonly number[],
): Promise<PlainAnswer> {
  const ids: number[] = []
  const logits: Float64Array[] = []
  for (let step = 0; step < settings.maxNewTokens; step++) {
    const row = await nextLogits(model, [...prompt, ...ids])
    logits.push(row)
    const id =
      settings.temperature === 0
        ? row.indexOf(Math.max(...row))
        : sample(row, settings, uniform(seed, 'token', step))
    if (eosIds.includes(id)) return { ids, finish: 'stop', eosId: id, logits }
    ids.push(id)
  }
  return { ids, finish: 'length', eosId: null, logits }
}

async function nextLogits(model: LayeredModel, sequence: readonly number[]): Promise<Float64Array> {
  const { hidden, vocab, normEps, normOffset, logitSoftcap } = model.config
  const length = Math.ceil(sequence.length / 16) * 16 // right padding, to compile fewer programs
  const tokenIds = new Int32Array(length)
  tokenIds.set(sequence)
  const states = await model.lastHiddenState(wholeSequences(1, length, tokenIds))
  const x = Float64Array.from(states.subarray((sequence.length - 1) * hidden, sequence.length * hidden))
  const size = Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / hidden + normEps)
  const normed = x.map((v, i) => (v / size) * (normOffset + model.weight(finalNormName)[i]!))
  const head = model.weight(headName(model.config))
  const logits = Float64Array.from({ length: vocab }, (_, id) =>
    normed.reduce((sum, v, i) => sum + v * head[id * hidden + i]!, 0),
  )
  return logitSoftcap === null
    ? logits
    : logits.map((logit) => logitSoftcap * Math.tanh(logit / logitSoftcap))
}

/** Temperature, then top-k, then top-p, then the inverse of the cumulative distribution at u, in float64. */
export function sample(
  logits: Float64Array,
  { temperature, topK, topP }: Pick<DecoderSettings, 'temperature' | 'topK' | 'topP'>,
  u: number,
): number {
  const scaled = logits.map((x) => x / temperature)
  const isCut = topK > 0 || topP < 1
  // Without a cut the distribution stands in the vocabulary's order, otherwise from the most likely token down.
  const order = [...scaled.keys()]
  if (isCut) order.sort((a, b) => scaled[b]! - scaled[a]! || a - b)
  const kept = topK > 0 ? order.slice(0, topK) : order
  const highest = Math.max(...scaled)
  const powers = kept.map((id) => Math.exp(scaled[id]! - highest))
  const total = powers.reduce((a, b) => a + b)
  let before = 0
  const weights = powers.map((power) => {
    const weight = before / total < topP ? power : 0
    before += power
    return weight
  })
  const target = u * weights.reduce((a, b) => a + b)
  let reached = 0
  for (const [i, weight] of weights.entries()) {
    reached += weight
    if (reached >= target) return kept[i]!
  }
  throw new Error('the cumulative distribution never reached its own total')
}
