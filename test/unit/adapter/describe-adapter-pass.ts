import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { AdapterSettings } from '../../../src/contract/settings.ts'
import { holdWeights } from '../../../src/engine/model/adapter/quantized-layers.ts'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import type { ModelConfig } from '../../../src/engine/model/model-config.ts'
import type { WeightDtype } from '../../../src/engine/model/safetensors.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import { layeredPass } from '../../../src/engine/training/gradient-pass.ts'
import { buildMicroBatch } from '../../../src/engine/training/micro-batch.ts'
import { AdapterPass } from '../../../src/engine/training/whole-model/adapter-pass.ts'
import { FrozenWeights } from '../../../src/engine/training/whole-model/frozen-weights.ts'
import { randomWeights, tinyLlama, writeWeights } from '../scoring/random-llama.ts'
import { configs, otherOpponent, unevenRows } from '../trainer/gradient-cases.ts'
import { settings } from '../trainer/training-run.ts'
import { trainedAdapter } from './tiny-adapter.ts'

let files = 0

// Of a tensor's norm. Both paths round to float32 at every op of two layers, in another order: measured 1e-7 … 2e-6.
const tolerance = 1e-5

const microBatch = (picked: number[], lossType: 'sigmoid' | 'hinge' | 'ipo' = 'sigmoid') =>
  buildMicroBatch(
    picked,
    unevenRows,
    otherOpponent,
    { rows: 4, realTokens: 24 },
    settings({ lossType, microBatch: 4, batchSize: 4 }),
    [2],
  )

interface Form {
  baseWeights?: AdapterSettings['baseWeights']
  stored?: WeightDtype
  dropout?: number
  targetModules?: string[]
}

/** The same model and adapter for both passes. */
async function bothPasses(
  dir: string,
  compile: CompileProgram,
  config: ModelConfig,
  { baseWeights = 'f32', stored = 'F32', ...adapted }: Form = {},
) {
  const file = await writeWeights(
    join(dir, `${files++}.safetensors`),
    config,
    randomWeights(config, 3),
    stored,
  )
  const { parameters, quantized } = holdWeights({ config, weights: file }, baseWeights)
  const adapter = trainedAdapter(config, { ...adapted, baseWeights })
  const model = new LayeredModel(config, parameters, 1, { adapter, quantized })
  const pass = new AdapterPass({
    config,
    adapter,
    weights: new FrozenWeights(file, { parameters, quantized }),
    threads: 1,
    compile,
  })
  const layered = layeredPass(model)
  const release = async () => {
    await pass.release()
    await layered.release()
  }
  return { model, pass, layered, release }
}
type Passes = Awaited<ReturnType<typeof bothPasses>>

async function expectSame(
  { model, pass, layered }: Passes,
  micro: ReturnType<typeof microBatch>,
  dropout: Parameters<typeof pass.accumulate>[3]['dropout'] = null,
): Promise<void> {
  const [found, expected] = await Promise.all(
    [pass, layered].map(async (one) => {
      const into = new Map([...model.trainable].map(([name, { length }]) => [name, new Float32Array(length)]))
      const result = await one.accumulate(micro.batch, micro.terms, into, { isFirst: true, dropout })
      return { into, ...result }
    }),
  )
  expect(Math.abs(found!.loss / expected!.loss - 1)).toBeLessThan(tolerance)
  for (const [r, sequence] of micro.batch.sequenceOf.entries()) {
    if (sequence < 0) continue // padding
    expect(Math.abs(found!.logp[r]! - expected!.logp[r]!)).toBeLessThan(tolerance * 10)
    expect(Math.abs(found!.entropy[r]! - expected!.entropy[r]!)).toBeLessThan(tolerance * 10)
  }
  for (const [name, gradient] of expected!.into) {
    const own = found!.into.get(name)!
    const size = Math.hypot(...gradient)
    expect(size, name).toBeGreaterThan(1e-7)
    expect(Math.hypot(...gradient.map((g, i) => g - own[i]!)) / size, name).toBeLessThan(tolerance)
  }
}

/** An adapter's whole program against the model run layer by layer on the processor, in f32. */
export function describeAdapterPassOn(compile: CompileProgram): void {
  const dir = mkdtempSync(join(tmpdir(), 'spin-adapter-pass-'))
  afterAll(() => rmSync(dir, { recursive: true }))
  const passesOf = (config: ModelConfig, form?: Form) => bothPasses(dir, compile, config, form)

  describe.each(configs)('%s: the gradients of one program are those of the layered model', (_, config) => {
    test('whatever the shape of a micro-batch, by one session', async () => {
      const passes = await passesOf(config)
      await expectSame(passes, microBatch([0, 1, 2, 3]))
      await expectSame(passes, microBatch([4]))
      await expectSame(passes, microBatch([2]))
      await expectSame(passes, microBatch([1, 4, 3]))
      await passes.release()
    })

    test.each(['int8', 'int4'] as const)('on an %s base', async (baseWeights) => {
      const passes = await passesOf(config, { baseWeights })
      await expectSame(passes, microBatch([0, 1, 2, 3]))
      await passes.release()
    })
  })

  test.each(['BF16', 'F16'] as const)('weights that are stored as %s', async (stored) => {
    const passes = await passesOf(tinyLlama, { stored })
    await expectSame(passes, microBatch([0, 1, 2, 3]))
    await passes.release()
  })

  test.each(['hinge', 'ipo'] as const)('another loss: %s', async (lossType) => {
    const passes = await passesOf(tinyLlama)
    await expectSame(passes, microBatch([0, 1, 2, 3]))
    await expectSame(passes, microBatch([0, 1, 2, 3], lossType))
    await passes.release()
  })

  test('dropout keeps the same inputs, and nothing is dropped without a key', async () => {
    const passes = await passesOf(tinyLlama, { dropout: 0.3 })
    const key = { seed: 5, step: 3, microBatch: 1 }
    await expectSame(passes, microBatch([0, 1, 2, 3]))
    await expectSame(passes, microBatch([0, 1, 2, 3]), key)
    await passes.release()
  })

  test('an adapter of some matrices', async () => {
    const passes = await passesOf(tinyLlama, { targetModules: ['q_proj', 'down_proj'] })
    await expectSame(passes, microBatch([0, 1, 2, 3]))
    await passes.release()
  })

  test('micro-batches add up, and the first of a step overwrites', async () => {
    const { model, pass, release } = await passesOf(tinyLlama)
    const into = new Map(
      [...model.trainable].map(([name, { length }]) => [name, new Float32Array(length).fill(9)]),
    )
    const micro = microBatch([0, 1])
    await pass.accumulate(micro.batch, micro.terms, into, { isFirst: true })
    const once = new Map([...into].map(([name, data]) => [name, data.slice()]))
    await pass.accumulate(micro.batch, micro.terms, into, {})
    for (const [name, data] of into) expect(data).toEqual(once.get(name)!.map((x) => 2 * x))
    await release()
  })
}
