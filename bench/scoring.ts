import { LayeredModel } from '../src/engine/model/layered-model.ts'
import { scoreSequences } from '../src/engine/scoring/sequence-logps.ts'
import { below, hash32 } from '../src/engine/tensor/random.ts'
import type { TokenSequence } from '../src/engine/scoring/collate.ts'
import { type Bench, bestOf } from './bench.ts'
import { figure, type Figure } from './figure.ts'
import { answersWork, forwardFlops } from './flop-count.ts'
import { randomTokens, randomWeights, starterShape } from './random-model.ts'

const batchSize = 32

/** The opponent's log-probs of answers, as before every training: mixed lengths, so padding costs what it costs. */
export async function* benchScoring(bench: Bench): AsyncGenerator<Figure> {
  const { config, name } = starterShape
  const parameters = new Map([...randomWeights(starterShape)].map(([key, { data }]) => [key, data]))
  const model = new LayeredModel(config, parameters, bench.threads)
  const count = bench.quick ? 512 : 2048
  const sequences: TokenSequence[] = Array.from({ length: count }, (_, i) => ({
    promptIds: randomTokens(24 + below(25, hash32(i, 'prompt')), config.vocab, 2 * i), // 24–48
    responseIds: randomTokens(4 + below(29, hash32(i, 'answer')), config.vocab, 2 * i + 1), // 4–32
  }))
  const { bestMs, spread, samples, gemm } = await bestOf(bench, async () => {
    for await (const _done of scoreSequences(model, sequences, { batchSize, eosIds: [] })) continue
  })
  await model.release()
  let tokens = 0
  let flops = 0
  for (const { promptIds, responseIds } of sequences) {
    tokens += promptIds.length + responseIds.length
    flops += forwardFlops(config, answersWork(promptIds.length, [responseIds.length]))
  }
  const rate = flops / bestMs / 1e6
  const label = `${name}, ${count} answers, batch ${batchSize}`
  yield figure('scoring', { name: label, value: (count / bestMs) * 1000, unit: 'answers/s', spread, samples })
  yield figure('scoring', {
    name: `${label}: tokens`,
    value: (tokens / bestMs) * 1000,
    unit: 'tokens/s',
    samples,
    ratio: rate / gemm,
    bound: `GEMM ${gemm.toFixed(0)} GFLOP/s`,
    note: `${rate.toFixed(1)} GFLOP/s; padding is not counted as work`,
  })
}
