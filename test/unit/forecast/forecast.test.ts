import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ForecastRequest, type ForecastResult } from '../../../src/contract/forecast.ts'
import { forecastAdvice } from '../../../src/engine/forecast/advice.ts'
import { atAllLayers, cutLayers } from '../../../src/engine/forecast/layer-slope.ts'
import { importDataset } from '../../../src/engine/data/import-dataset.ts'
import { ImportRequest } from '../../../src/contract/engine.ts'
import { GenerationSettings, TrainingSettings } from '../../../src/contract/settings.ts'
import { forecastStage } from '../../../src/engine/stages/forecast-stage.ts'
import { tinyLlama } from '../scoring/random-llama.ts'

const starter = join(import.meta.dirname, '../../../resources/starter')
const dir = mkdtempSync(join(tmpdir(), 'spin-forecast-test-'))
// A folder of its own for temporary files: what a killed forecast of another program left in the system's is not ours.
const temporary = join(dir, 'temporary')
mkdirSync(temporary)
vi.stubEnv('TMPDIR', temporary)
afterAll(() => rmSync(dir, { recursive: true }))
const { signal } = new AbortController()

beforeAll(async () => {
  const request = ImportRequest.parse({
    sources: [join(starter, 'dataset')],
    outDir: dir,
    limit: 256,
  })
  for await (const event of importDataset(request, signal)) void event
})

/** Milliseconds: a forecast measures for seconds, and for many of them where other programs keep the machine busy. */
const patience = 180_000

async function forecast(training: object): Promise<ForecastResult> {
  const request = ForecastRequest.parse({
    modelDir: join(starter, 'model'),
    dataPath: join(dir, 'train.parquet'),
    generation: { maxNewTokens: 16, batchSize: 8 },
    training: { optimizer: { lr: 1e-4 }, schedule: {}, batchSize: 32, microBatch: 4, ...training },
  })
  let result: ForecastResult | undefined
  for await (const event of forecastStage(request, signal)) if (event.kind === 'done') result = event
  return result!
}

describe('on the starter model and 256 rows', () => {
  let full: ForecastResult
  beforeAll(async () => (full = await forecast({})), patience)

  test('every stage has a time, and a peak above the model itself', () => {
    expect(full.stages.map(({ stage }) => stage)).toEqual(['generate', 'finetune'])
    const modelBytes = 0.57e6 * 4
    for (const { seconds, peakBytes } of full.stages) {
      expect(seconds).toBeGreaterThan(0)
      expect(peakBytes).toBeGreaterThan(modelBytes)
    }
    expect(full.seconds).toBeCloseTo(
      full.stages.reduce((sum, { seconds }) => sum + seconds, 0),
      9,
    )
    expect(full.stages[1]!.basis).toContain('8 steps of 32 pairs')
    expect(full.advice).toEqual([])
  })

  test(
    'checkpoints of an adapter take a fraction of the disk of those of all weights',
    async () => {
      const adapter = await forecast({ adapter: { rank: 4 } })
      const [all, own] = [full, adapter].map(({ stages }) => stages[1]!.diskBytes)
      // Of 0.57 M weights, rank 4 trains about 0.05 M numbers.
      expect(own!).toBeGreaterThan(0)
      expect(own! / all!).toBeLessThan(0.2)
    },
    patience,
  )

  test('nothing is left behind', () => {
    expect(tmpdir()).toBe(temporary)
    expect(readdirSync(temporary).filter((name) => name.startsWith('spin-studio-'))).toEqual([])
    expect(existsSync(join(dir, 'generated'))).toBe(false)
  })
})

test('a cut model keeps the kind that most layers have', () => {
  const config = { ...tinyLlama, layers: 6, kindOfLayer: [1, 1, 0, 1, 1, 0] }
  expect(cutLayers(config, 2)).toMatchObject({ layers: 2, kindOfLayer: [1, 1] })
  expect(atAllLayers(10, 13, 6, 2)).toBe(25)
  expect(atAllLayers(10, 16, 7, 3)).toBe(28)
  expect(atAllLayers(10, 9.5, 6, 2)).toBe(10) // noise below one layer never shrinks the whole
})

test('what does not fit is named with what would help', () => {
  const stages = [{ stage: 'finetune' as const, seconds: 1, peakBytes: 30e9, diskBytes: 0, basis: '' }]
  const training = TrainingSettings.parse({ optimizer: { lr: 1e-6 }, schedule: {} })
  const generation = GenerationSettings.parse({})
  const [line] = forecastAdvice({ stages, training, generation, memoryBytes: 24e9 })
  expect(line).toContain('finetune needs about 27.9 GB; this machine has 22.4 GB')
  expect(line).toContain('LoRA instead of full fine-tuning')
  expect(line).toContain('8-bit optimizer state')
  expect(forecastAdvice({ stages, training, generation, memoryBytes: 64e9 })).toEqual([])
})
