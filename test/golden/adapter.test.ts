import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { mergedWeights } from '../../src/engine/model/adapter/merged-weights.ts'
import { decoderHead } from '../../src/engine/model/decoder-layer.ts'
import { LayeredModel } from '../../src/engine/model/layered-model.ts'
import { openModelFolder } from '../../src/engine/model/model-folder.ts'
import { wholeSequences } from '../../src/engine/model/token-batch.ts'
import { finalNormName, headName } from '../../src/engine/model/weight-names.ts'
import { Program } from '../../src/engine/onnx/program.ts'
import { loadLayeredModel } from '../../src/engine/model/load-layered-model.ts'
import { Graph } from '../../src/engine/tensor/graph.ts'

/** Made by make/adapter_golden.py: an adapter that PEFT wrote, on the model of test/golden/tied. */
const dir = join(import.meta.dirname, 'adapter')
const golden = JSON.parse(readFileSync(join(dir, 'golden.json'), 'utf8')) as {
  sequences: number[][]
  unmerged: number[][]
  merged: number[][]
}
const copies = mkdtempSync(join(tmpdir(), 'spin-adapter-golden-'))
afterAll(() => rmSync(copies, { recursive: true }))

async function lastLogits(model: LayeredModel, ids: readonly number[]): Promise<Float32Array> {
  const { config } = model
  const x = await model.lastHiddenState(wholeSequences(1, ids.length, Int32Array.from(ids)))
  const graph = new Graph()
  const input = (name: string, shape: number[]) => graph.input(name, 'f32', shape)
  graph.output(
    'logits',
    decoderHead(
      config,
      input('x', [1, config.hidden]),
      input('norm', [config.hidden]),
      input('head', [config.vocab, config.hidden]),
    ),
  )
  const program = await Program.compile(graph, { threads: 1 })
  const { logits } = await program.run({
    x: x.slice((ids.length - 1) * config.hidden, ids.length * config.hidden),
    norm: model.weight(finalNormName),
    head: model.weight(headName(config)),
  })
  await program.release()
  return logits as Float32Array
}

async function expectLogits(model: LayeredModel, expected: readonly number[][]): Promise<void> {
  for (const [i, ids] of golden.sequences.entries()) {
    const logits = await lastLogits(model, ids)
    // Two float32 implementations of a two-layer model with logits of a few units: 5e-6 found.
    for (const [id, value] of expected[i]!.entries()) expect(Math.abs(logits[id]! - value)).toBeLessThan(5e-5)
  }
  await model.release()
}

test("a folder that PEFT wrote opens, and the model's logits are PEFT's", async () => {
  const folder = await openModelFolder(dir)
  expect(folder.adapter).toMatchObject({ rank: 4, alpha: 8, scale: 2, dropout: 0.1, baseWeights: 'f32' })
  expect(folder.adapter!.modules).toHaveLength(7)
  await expectLogits(loadLayeredModel(folder), golden.unmerged)
})

test('merged, its logits are those of merge_and_unload', async () => {
  const folder = await openModelFolder(dir)
  const merged = mergedWeights(folder)
  const parameters = new Map([...merged.tensors.keys()].map((name) => [name, merged.read(name)]))
  await expectLogits(new LayeredModel(folder.config, parameters, 1), golden.merged)
})

test('a copy elsewhere does not find its base by a relative path, and says what to change', async () => {
  cpSync(dir, join(copies, 'adapter'), { recursive: true })
  await expect(openModelFolder(join(copies, 'adapter'))).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message: expect.stringContaining('Set "base_model_name_or_path" in') as string,
  })
})
