import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mergedWeights } from '../../src/engine/model/adapter/merged-weights.ts'
import { LayeredModel } from '../../src/engine/model/layered-model.ts'
import { openModelFolder } from '../../src/engine/model/model-folder.ts'
import { loadLayeredModel } from '../../src/engine/model/load-layered-model.ts'
import { folderOfTests } from '../temp-folder.ts'
import { sequenceLogits } from './sequence-logits.ts'

/** Made by make/adapter_golden.py: an adapter that PEFT wrote, on the model of test/golden/tied. */
const dir = join(import.meta.dirname, 'adapter')
const golden = JSON.parse(readFileSync(join(dir, 'golden.json'), 'utf8')) as {
  sequences: number[][]
  unmerged: number[][]
  merged: number[][]
}
const copies = folderOfTests('spin-adapter-golden')

async function expectLogits(model: LayeredModel, expected: readonly number[][]): Promise<void> {
  for (const [i, ids] of golden.sequences.entries()) {
    const logits = (await sequenceLogits(model, ids)).subarray(-model.config.vocab)
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
