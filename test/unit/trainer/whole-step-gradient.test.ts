import { afterAll, describe, expect, test } from 'vitest'
import { TrainingSettings } from '../../../src/contract/settings.ts'
import { gradients } from '../../../src/engine/autodiff/gradients.ts'
import { causalAttention } from '../../../src/engine/model/causal-attention.ts'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import { biasOf, decoderHead, decoderLayer, plainWeights } from '../../../src/engine/model/decoder-layer.ts'
import type { ModelConfig } from '../../../src/engine/model/model-config.ts'
import { batchFeeds, batchInputs } from '../../../src/engine/model/token-batch.ts'
import {
  embeddingName,
  finalNormName,
  headName,
  layerPrefix,
  modelWeights,
} from '../../../src/engine/model/weight-names.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import * as t from '../../../src/engine/tensor/build.ts'
import type { TensorData } from '../../../src/engine/tensor/dtype.ts'
import { Graph } from '../../../src/engine/tensor/graph.ts'
import { uniform } from '../../../src/engine/tensor/random.ts'
import { accumulateGradients } from '../../../src/engine/training/layered-gradients.ts'
import { buildMicroBatch, type MicroBatch } from '../../../src/engine/training/micro-batch.ts'
import { pairLoss } from '../../../src/engine/training/pair-loss.ts'
import { randomWeights } from '../scoring/random-llama.ts'
import { configs, otherOpponent, unevenRows } from './gradient-cases.ts'

// Central differences of step h = 1e-5 of a float64 loss near 2: h²·f‴/6 and rounding / h are both near 1e-10.
const step = 1e-5
const differenceTolerance = 1e-6
// Of a tensor's norm; the layered float32 path rounds at every op of two layers: measured 1e-7 … 2e-6.
const float32Tolerance = 1e-5
const samplesPerTensor = 3

const rows = unevenRows.slice(0, 4)

function microBatch(lossType: TrainingSettings['lossType'], blockCost: number): MicroBatch {
  const settings = TrainingSettings.parse({
    lossType,
    beta: 0.25,
    nllWeight: 0.5,
    microBatch: 4,
    batchSize: 4,
    optimizer: { lr: 1 },
    schedule: {},
  })
  const realTokens = rows.reduce((sum, { realIds }) => sum + realIds.length, 0)
  return buildMicroBatch([0, 1, 2, 3], rows, otherOpponent, { rows: 4, realTokens }, settings, [2], {
    blockCost,
  })
}

/** Embedding, every layer, head and loss as one float64 graph, the weights as inputs by their names. */
function monolith(config: ModelConfig, { batch, terms }: MicroBatch, tileSlots: number) {
  const graph = new Graph()
  const weights = new Map(
    modelWeights(config).map(({ name, shape }) => [name, graph.input(name, 'f64', shape)]),
  )
  let x = t.gatherRows(weights.get(embeddingName)!, graph.input('tokenIds', 'i32', [batch.tokenIds.length]))
  if (config.embeddingScale !== 1) x = t.scale(x, config.embeddingScale)
  for (let layer = 0; layer < config.layers; layer++) {
    const kind = config.layerKinds[config.kindOfLayer[layer]!]!
    const attend = causalAttention(graph, config, kind, batch, batchInputs(graph, batch), 'f64', {
      tileSlots,
    })
    const ofLayer = plainWeights((name) => weights.get(layerPrefix(layer) + name)!, biasOf(config))
    x = decoderLayer(config, x, ofLayer, attend)
  }
  const picked = t.gatherRows(x, graph.input('rowIndex', 'i32', [batch.rows]))
  const logits = decoderHead(config, picked, weights.get(finalNormName)!, weights.get(headName(config))!)
  const logp = t.tokenLogProb(logits, graph.input('targetIds', 'i32', [batch.rows]))
  const loss = pairLoss(
    logp,
    {
      pairing: graph.input('pairing', 'f64', [terms.pairs, batch.rows]),
      opponentMargin: graph.input('opponentMargin', 'f64', [terms.pairs, 1]),
      pairWeight: graph.input('pairWeight', 'f64', [terms.pairs, 1]),
      tokenWeight: graph.input('tokenWeight', 'f64', [batch.rows, 1]),
      beta: graph.input('beta', 'f64', []),
    },
    terms.lossType,
  )
  return { graph, weights, loss }
}

describe.each(configs)('%s: embedding, two layers of grouped-query attention, head and loss', (_, config) => {
  const parameters = randomWeights(config, 3)
  const model = new LayeredModel(config, parameters, 1)
  afterAll(() => model.release())

  describe.each([
    ['sigmoid', 'one attention block', 1e9, 128],
    ['hinge', 'a block for every prompt', 0, 128],
    ['ipo', 'one attention block in tiles', 1e9, 6],
  ] as const)('%s with the NLL anchor, %s', (lossType, _, blockCost, tileSlots) => {
    const micro = microBatch(lossType, blockCost)
    const { terms } = micro
    const doubles = new Map([...parameters].map(([name, data]) => [name, Float64Array.from(data)]))
    const feeds: Record<string, TensorData> = {
      ...Object.fromEntries(doubles),
      tokenIds: micro.batch.tokenIds,
      ...batchFeeds(micro.batch),
      rowIndex: terms.rowIndex,
      targetIds: terms.targetIds,
      ...Object.fromEntries(
        (['pairing', 'opponentMargin', 'pairWeight', 'tokenWeight'] as const).map((name) => [
          name,
          Float64Array.from(terms[name]),
        ]),
      ),
      beta: Float64Array.of(terms.beta),
    }
    const exact = async (): Promise<Record<string, Float64Array>> => {
      const { graph, weights, loss } = monolith(config, micro, tileSlots)
      const names = [...weights.keys()]
      gradients(new Map([[loss, graph.scalar(1, 'f64')]]), [...weights.values()]).forEach((g, i) =>
        graph.output(`d ${names[i]}`, g),
      )
      graph.output('loss', loss)
      const program = await Program.compile(graph, { threads: 1 })
      const results = await program.run(feeds)
      await program.release()
      return results as Record<string, Float64Array>
    }

    test('one float64 graph equals finite differences in every parameter tensor', async () => {
      const results = await exact()
      const { graph, loss } = monolith(config, micro, tileSlots)
      graph.output('loss', loss)
      const program = await Program.compile(graph, { threads: 1 })
      const lossNow = async (): Promise<number> => ((await program.run(feeds))['loss'] as Float64Array)[0]!
      for (const [name, data] of doubles) {
        const gradient = results[`d ${name}`]!
        const largest = Math.max(...gradient.map(Math.abs))
        expect(largest, name).toBeGreaterThan(1e-5)
        const picked = Array.from({ length: samplesPerTensor - 1 }, (_x, i) =>
          Math.floor(uniform(i, name, 0) * data.length),
        )
        for (const at of [gradient.findIndex((g) => Math.abs(g) === largest), ...picked]) {
          const value = data[at]!
          data[at] = value + step
          const above = await lossNow()
          data[at] = value - step
          const difference = (above - (await lossNow())) / (2 * step)
          data[at] = value
          expect(Math.abs(gradient[at]! - difference) / largest, `${name}[${at}]`).toBeLessThan(
            differenceTolerance,
          )
        }
      }
      await program.release()
    })

    test('the layered float32 path gives the same gradients', async () => {
      const results = await exact()
      const into = new Map([...parameters].map(([name, { length }]) => [name, new Float32Array(length)]))
      const { loss } = await accumulateGradients(model, micro.batch, terms, into)
      expect(Math.abs(loss / results['loss']![0]! - 1)).toBeLessThan(float32Tolerance)
      for (const [name, gradient] of into) {
        const reference = results[`d ${name}`]!
        const error = Math.hypot(...gradient.map((g, i) => g - reference[i]!)) / Math.hypot(...reference)
        expect(error, name).toBeLessThan(float32Tolerance)
      }
    })
  })
})
