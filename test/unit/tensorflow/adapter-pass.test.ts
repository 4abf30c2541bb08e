import { join } from 'node:path'
import { expect, test } from 'vitest'
import { holdWeights } from '../../../src/engine/model/adapter/quantized-layers.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import { buildMicroBatch } from '../../../src/engine/training/micro-batch.ts'
import { AdapterPass } from '../../../src/engine/training/whole-model/adapter-pass.ts'
import { FrozenWeights } from '../../../src/engine/training/whole-model/frozen-weights.ts'
import { folderOfTests } from '../../temp-folder.ts'
import { trainedAdapter } from '../adapter/tiny-adapter.ts'
import { randomTokens, randomWeights, tinyLlama, writeWeights } from '../scoring/random-llama.ts'
import { settings } from '../trainer/training-run.ts'
import { compileTensorFlow } from './tensorflow-under-test.ts'

const dir = folderOfTests('spin-tensorflow-adapter-pass')

// Of a tensor's norm: both round to float32, and approximate exp differently.
const tolerance = 1e-4

test.each(['f32', 'int8', 'int4'] as const)(
  "an adapter's gradients on a held %s base: ONNX Runtime's",
  async (baseWeights) => {
    const config = { ...tinyLlama, attentionSoftcap: 5 }
    const file = await writeWeights(join(dir, `${baseWeights}.safetensors`), config, randomWeights(config, 3))
    const held = holdWeights({ config, weights: file as never }, baseWeights)
    const adapter = trainedAdapter(config, { baseWeights, dropout: 0.2 })
    const rows = [0, 1].map((i) => ({
      promptIds: randomTokens(3 + 2 * i, 10 * i, config.vocab),
      realIds: randomTokens(4, 10 * i + 1, config.vocab),
      generatedIds: randomTokens(2 + i, 10 * i + 2, config.vocab),
    }))
    const opponent = {
      real: Float32Array.of(-9, -8),
      generated: Float32Array.of(-7, -9),
      realEos: new Float32Array(2),
    }
    const totals = { rows: 2, realTokens: 8 }
    const { batch, terms } = buildMicroBatch([0, 1], rows, opponent, totals, settings({ microBatch: 2 }), [2])
    const gradients = await Promise.all(
      [Program.compile, compileTensorFlow].map(async (compile) => {
        const weights = new FrozenWeights(file, held)
        const pass = new AdapterPass({ config, adapter, weights, threads: 1, compile })
        const into = new Map(
          [...adapter.tensors].map(([name, { data }]) => [name, new Float32Array(data.length)]),
        )
        const dropout = { seed: 1, step: 2, microBatch: 0 }
        await pass.accumulate(batch, terms, into, { isFirst: true, dropout })
        await pass.release()
        return into
      }),
    )
    for (const [name, expected] of gradients[0]!) {
      const found = gradients[1]!.get(name)!
      const error = Math.hypot(...expected.map((g, i) => g - found[i]!)) / Math.hypot(...expected)
      expect(error, name).toBeLessThan(tolerance)
    }
  },
)
