import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { FinetuneRequest, type FinetuneResult, ModelCard } from '../../../src/contract/engine.ts'
import { GateSettings } from '../../../src/contract/settings.ts'
import { writePairsParquet } from '../../../src/engine/data/parquet-writer.ts'
import { describeModel } from '../../../src/engine/model/model-card.ts'
import { openModelFolder } from '../../../src/engine/model/model-folder.ts'
import { openSafetensors } from '../../../src/engine/model/safetensors.ts'
import { finetuneStage } from '../../../src/engine/stages/finetune-stage.ts'
import { settings } from '../trainer/training-run.ts'

const home = mkdtempSync(join(tmpdir(), 'spin-adapter-stage-'))
const base = join(home, 'base')
const pairs = join(home, 'pairs.parquet')
beforeAll(async () => {
  cpSync(join(import.meta.dirname, '../../golden/tied/model'), base, { recursive: true })
  await writePairsParquet(
    pairs,
    Array.from({ length: 8 }, (_, i) => ({
      id: `row ${i}`,
      prompt: [{ role: 'user' as const, content: `Say ${i} twice` }],
      real: `${i} ${i}`,
      generated: `${i + 1} or ${'x'.repeat(i % 3)}`,
      check: null,
      finishReason: 'stop' as const,
    })),
  )
})
afterEach(() => vi.unstubAllEnvs())
afterAll(() => rmSync(home, { recursive: true }))

let runs = 0
async function finetune(modelDir: string, adapter: object | null, over: object = {}) {
  const at = join(home, `run-${runs++}`)
  const request = FinetuneRequest.parse({
    modelDir,
    sources: [{ path: pairs, fraction: 1 }],
    workDir: join(at, 'work'),
    outDir: join(at, 'model'),
    settings: settings({
      adapter: adapter && { rank: 4, alpha: 8, ...adapter },
      maxSteps: 4,
      optimizer: { kind: 'adamw', lr: 5e-3 },
      maxLength: 64,
      maxPromptLength: 40,
      ...over,
    }),
    gates: GateSettings.parse({ maxEmpty: 1 }),
  })
  return { request, ...(await finish(request)) }
}
async function finish(request: ReturnType<typeof FinetuneRequest.parse>) {
  const logs: string[] = []
  for await (const event of finetuneStage(request, new AbortController().signal)) {
    if (event.kind === 'log') logs.push(event.message)
    if (event.kind === 'done') return { result: event, logs }
  }
  throw new Error('no result')
}
const expectLn2 = ({ step0Loss }: FinetuneResult) => expect(Math.abs(step0Loss - Math.LN2)).toBeLessThan(1e-6)

test('two iterations are one adapter on the untouched base', async () => {
  const first = await finetune(base, {})
  expectLn2(first.result)
  const second = await finetune(first.result.modelDir, {})
  expectLn2(second.result)
  const [one, two] = [
    await openModelFolder(first.result.modelDir),
    await openModelFolder(second.result.modelDir),
  ]
  expect([one.baseDir, two.baseDir]).toEqual([base, base])
  expect(two.adapter!.tensors.size).toBe(one.adapter!.tensors.size)
  expect(two.adapter!.tensors).not.toEqual(one.adapter!.tensors)
  expect(await two.sha256()).toBe(second.result.modelSha256)
  expect(ModelCard.parse(await describeModel(second.result.modelDir))).toMatchObject({
    family: 'llama',
    adapter: { baseDir: base, rank: 4, alpha: 8, modules: [...two.adapter!.modules], baseWeights: 'f32' },
    sha256: second.result.modelSha256,
    warnings: two.warnings,
  })
  expect(readdirSync(second.result.modelDir)).not.toContain('model.safetensors')
  expect(second.logs.join(' ')).toContain('The adapter of the start model is trained on')
  expect(openSafetensors(join(second.result.modelDir, 'adapter_model.safetensors')).tensors.size).toBe(28)

  const again = await finish(second.request)
  expect(again.result).toEqual(second.result) // asked again: from its record, checked against the folder
})

describe.each(['int8', 'int4'] as const)('a base held as %s', (baseWeights) => {
  test('both iterations show ln 2, and the folder says what it was trained on', async () => {
    const first = await finetune(base, { baseWeights, dropout: 0.1 })
    expectLn2(first.result)
    expect((await openModelFolder(first.result.modelDir)).adapter!.baseWeights).toBe(baseWeights)
    const second = await finetune(first.result.modelDir, { baseWeights, dropout: 0.1 })
    expectLn2(second.result)
    expect(first.logs.join(' ')).toMatch(
      baseWeights === 'int8' ? /held as int8, 1\.\d+ bytes/ : /held as int4, 0\.\d+ bytes/,
    )
  })
})

test('the program of a whole model trains the same adapter as the layers do', async () => {
  vi.stubEnv('SPIN_STUDIO_ADAPTER_PASS', 'whole')
  const whole = await finetune(base, { dropout: 0.1 })
  vi.unstubAllEnvs()
  const layered = await finetune(base, { dropout: 0.1 })
  expectLn2(whole.result)
  expect(whole.logs.join(' ')).toContain('One program holds the frozen weights')
  expect(layered.logs.join(' ')).not.toContain('One program holds')
  // Rounding of the gradients, 1e-6 of them, which AdamW makes that of a step.
  expect(Math.abs(whole.result.lastLoss - layered.result.lastLoss)).toBeLessThan(1e-5)
})

test('another way of training an adapter is refused, naming those there are', async () => {
  vi.stubEnv('SPIN_STUDIO_ADAPTER_PASS', 'fused')
  await expect(finetune(base, {})).rejects.toThrow('Expected layered or whole in SPIN_STUDIO_ADAPTER_PASS')
})

test('a guard that sends it back to the start keeps the start adapter', async () => {
  const first = await finetune(base, {})
  const guards = { enabled: true, minRealShift: 1e6 } // speaks as soon as its window of ten steps is full
  const guarded = { guards, batchSize: 2, microBatch: 2, maxSteps: 12, checkpointEverySteps: 50 }
  const back = await finetune(first.result.modelDir, {}, guarded)
  expect(back.result).toMatchObject({ savedStep: 0, modelSha256: first.result.modelSha256 })
})

test('without adapter settings an adapter folder is merged, and all weights are trained', async () => {
  const first = await finetune(base, {})
  const full = await finetune(first.result.modelDir, null)
  expectLn2(full.result)
  const folder = await openModelFolder(full.result.modelDir)
  expect([folder.adapter, folder.baseDir]).toEqual([null, full.result.modelDir])
  expect(full.logs.join(' ')).toContain('it is merged, and the result is a whole model')
})

test('another rank than the start adapter has is refused', async () => {
  const first = await finetune(base, {})
  await expect(finetune(first.result.modelDir, { rank: 8 })).rejects.toMatchObject({ code: 'BAD_INPUT' })
})
