import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FinetuneRequest, GenerateRequest } from '../../../src/contract/engine.ts'
import { writePairsParquet } from '../../../src/engine/data/parquet-writer.ts'
import { finetuneStage } from '../../../src/engine/stages/finetune-stage.ts'
import { generateStage } from '../../../src/engine/stages/generate-stage.ts'
import { batchAfter } from '../../../src/engine/stages/memory-attempt.ts'
import { settings } from '../trainer/training-run.ts'

const modelDir = join(import.meta.dirname, '../../golden/tied/model')
const home = mkdtempSync(join(tmpdir(), 'spin-attempt-'))
const dataPath = join(home, 'pairs.parquet')
const { signal } = new AbortController()
beforeAll(() =>
  writePairsParquet(
    dataPath,
    Array.from({ length: 8 }, (_, i) => ({
      id: `row ${i}`,
      prompt: [{ role: 'user' as const, content: `Say ${i} twice` }],
      real: `${i} ${i}`,
      generated: `${i + 1}`,
      check: null,
      finishReason: 'stop' as const,
    })),
  ),
)
afterAll(() => rmSync(home, { recursive: true }))

test('a batch is halved at every attempt, down to one', () => {
  expect([undefined, 0, 1, 2, 3, 9].map((attempt) => batchAfter(12, attempt))).toEqual([12, 12, 6, 3, 1, 1])
})

test('training after a shortage of memory has smaller micro-batches, the same losses, and is the same request', async () => {
  const train = async (name: string, memoryAttempt?: number) => {
    const workDir = join(home, name)
    const request = FinetuneRequest.parse({
      modelDir,
      sources: [{ path: dataPath, fraction: 1 }],
      workDir,
      outDir: join(workDir, 'model'),
      settings: settings({ batchSize: 8, microBatch: 8, maxSteps: 4, maxLength: 64, maxPromptLength: 40 }),
      gates: {},
      ...(memoryAttempt === undefined ? {} : { memoryAttempt }),
    })
    const losses: number[] = []
    for await (const event of finetuneStage(request, signal)) {
      if (event.kind === 'step') losses.push(event.loss)
      if (event.kind === 'done') return { losses, result: event }
    }
    throw new Error('no result')
  }
  const whole = await train('whole')
  const halved = await train('halved', 2)
  // The same rows' gradients, summed in another order and trained on for some steps.
  for (const [step, loss] of whole.losses.entries()) expect(halved.losses[step]).toBeCloseTo(loss, 5)
  expect(halved.losses).toHaveLength(whole.losses.length)
  expect((await train('halved')).result).toEqual(halved.result) // taken from its record
})

test('answers after a shortage of memory are the same bytes', async () => {
  const answer = async (name: string, memoryAttempt: number): Promise<string> => {
    const request = GenerateRequest.parse({
      modelDir,
      dataPath,
      outDir: join(home, name),
      split: 'train',
      fracLen: 0,
      memoryAttempt,
      settings: { maxNewTokens: 8, batchSize: 8 },
    })
    for await (const event of generateStage(request, signal))
      if (event.kind === 'done') return readFileSync(event.fractions[0]!.path, 'utf8')
    throw new Error('no result')
  }
  expect(await answer('few', 2)).toBe(await answer('many', 0))
})
