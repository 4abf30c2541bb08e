import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backendVariables } from '../../src/contract/backend.ts'
import { ChatSettings } from '../../src/contract/chat-stream.ts'
import { GenerateRequest } from '../../src/contract/engine.ts'
import { writePairsParquet } from '../../src/engine/data/parquet-writer.ts'
import type { Prompt } from '../../src/engine/generation/decoder.ts'
import type { GenerationDevice } from '../../src/engine/generation/step-model.ts'
import { transfers } from '../../src/engine/onnx/transfers.ts'
import { ChatModels } from '../../src/engine/stages/chat-models.ts'
import { generateStage } from '../../src/engine/stages/generate-stage.ts'
import { openModel } from '../../src/engine/stages/model-context.ts'
import { familyNames, openFamily, readFamilyGolden } from '../golden/family-model.ts'
import { answerAll, greedy, partsOf, sampled } from '../unit/generation/decoded-answers.ts'
import { describeGenerationOn } from '../unit/generation/device-generation.ts'
import { compileWebGpu, noAdapter } from './adapter.ts'

const device: GenerationDevice = { kind: 'resident', compile: compileWebGpu }
// A driver that computes on the processor takes its time.
describe.skipIf(noAdapter)('generation on WebGPU', { timeout: 120_000 }, () => {
  describeGenerationOn(compileWebGpu)
})

test.skipIf(noAdapter).each(familyNames)('%s: the greedy tokens of transformers', async (name) => {
  const { greedy: asked, eosIds } = readFamilyGolden(name)
  // The frequencies of some families depend on the length: one job has one set.
  for (const job of Map.groupBy(asked, ({ contextLength }) => contextLength).values()) {
    const { config, weights } = openFamily(name, job[0]!.contextLength)
    const settings = { ...greedy, maxNewTokens: job[0]!.tokens.length, batchSize: 2 }
    const prompts = job.map(({ promptIds }) => ({ ids: promptIds, seed: 0 }))
    const answers = await answerAll({ config, weights, eosIds }, settings, prompts, { device })
    expect(answers.map(({ ids }) => ids)).toEqual(job.map(({ tokens }) => tokens))
  }
})

describe.skipIf(noAdapter)('the starter', () => {
  const root = join(import.meta.dirname, '../../resources/starter')
  const questions = readFileSync(join(root, 'dataset/test.jsonl'), 'utf8')
    .split('\n')
    .slice(0, 24)
    .map((line) => (JSON.parse(line) as { messages: { content: string }[] }).messages[0]!.content)
  const promptsOf = async () => {
    const { folder, renderer } = await openModel(join(root, 'model'), 'chat')
    const prompts = questions.map((content, seed): Prompt => ({
      ids: renderer.prompt([{ role: 'user', content }]),
      seed,
    }))
    return { folder, prompts }
  }

  test.each([
    ['greedy', greedy],
    ['sampled', sampled],
  ])('%s: the tokens of the processor', async (_, settings) => {
    const { folder, prompts } = await promptsOf()
    const all = { ...settings, maxNewTokens: 32, batchSize: 8 }
    expect(await answerAll(folder, all, prompts, { device })).toEqual(await answerAll(folder, all, prompts))
  })

  test('a token costs some numbers a slot on the way there, and one back', async () => {
    const { folder, prompts } = await promptsOf()
    const slots = 4
    const settings = { ...greedy, maxNewTokens: 24, batchSize: slots }
    const start = transfers()
    const parts = await partsOf(folder, settings, prompts.slice(0, slots), { device, callMs: 0 })
    const tokens = parts.reduce((sum, part) => sum + part.tokens, 0)
    const { sentBytes, fetchedBytes } = transfers()
    // One i64 a slot and step, free slots included.
    expect(fetchedBytes - start.fetchedBytes).toBeLessThanOrEqual(8 * slots * parts.length)
    expect(fetchedBytes - start.fetchedBytes).toBeGreaterThanOrEqual(8 * tokens)
    const weights = [...folder.weights.tensors.values()].reduce(
      (sum, { shape }) => sum + 4 * shape.reduce((n, size) => n * size, 1),
      0,
    )
    // Beside the weights: angles, empty caches, and the few numbers of every step; a cache alone has 49 KB a slot by then.
    expect(sentBytes - start.sentBytes).toBeGreaterThanOrEqual(weights)
    expect(sentBytes - start.sentBytes - weights).toBeLessThan(600_000)
  })
})

describe.skipIf(noAdapter)('a fraction whose generation was stopped', () => {
  const home = mkdtempSync(join(tmpdir(), 'webgpu-fraction-'))
  const dataPath = join(home, 'pairs.parquet')
  const modelDir = join(import.meta.dirname, '../../resources/starter/model')
  beforeAll(async () => {
    process.env[backendVariables.backend] = 'webgpu'
    await writePairsParquet(
      dataPath,
      Array.from({ length: 96 }, (_, i) => ({
        id: `row ${i}`,
        prompt: [{ role: 'user' as const, content: `Add ${i} and ${i * 7}` }],
        real: `${8 * i}`,
        generated: `${i + 1}`,
        check: null,
        finishReason: 'stop' as const,
      })),
    )
  })
  afterAll(() => {
    delete process.env[backendVariables.backend]
    rmSync(home, { recursive: true })
  })

  async function generate(name: string, stopAfter: number): Promise<{ bytes: string | null; rows: number }> {
    const stop = new AbortController()
    const request = GenerateRequest.parse({
      modelDir,
      dataPath,
      outDir: join(home, name),
      split: 'train',
      fracLen: 0,
      settings: { maxNewTokens: 160, batchSize: 4, temperature: 1.2 },
    })
    let rows = 0
    try {
      for await (const event of generateStage(request, stop.signal)) {
        if (event.kind === 'done') return { bytes: readFileSync(event.fractions[0]!.path, 'utf8'), rows }
        if (event.kind === 'progress') rows = event.done
        if (rows >= stopAfter) stop.abort()
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'CANCELLED' })
    }
    return { bytes: null, rows }
  }

  test('goes on to the same bytes on the same device', async () => {
    const whole = await generate('whole', Infinity)
    const stopped = await generate('stopped', 1)
    expect(stopped.bytes).toBeNull()
    expect(stopped.rows).toBeGreaterThan(0)
    expect(stopped.rows).toBeLessThan(96)
    expect((await generate('stopped', Infinity)).bytes).toBe(whole.bytes)
  }, 120_000)
})

test.skipIf(noAdapter)(
  'a chat answers on WebGPU where it is chosen, with the words of the processor',
  async () => {
    const models = new ChatModels()
    const settings = ChatSettings.parse({ temperature: 0, maxNewTokens: 24 })
    const said = async (): Promise<number[]> => {
      const model = await models.open(join(import.meta.dirname, '../../resources/starter/model'), 'chat')
      const ids = model.renderer.prompt([{ role: 'user', content: 'Balance [[({{' }])
      const decoder = await models.decoder(model, settings, ids.length)
      const made: number[] = []
      for await (const part of decoder.answers([{ ids, seed: 1 }]))
        made.push(...part.made.flatMap((m) => m.ids))
      await models.release()
      return made
    }
    const expected = await said()
    const start = transfers().fetchedBytes
    process.env[backendVariables.backend] = 'webgpu'
    try {
      expect(await said()).toEqual(expected)
    } finally {
      delete process.env[backendVariables.backend]
    }
    expect(expected.length).toBeGreaterThan(3)
    expect(transfers().fetchedBytes).toBeGreaterThan(start)
  },
)
