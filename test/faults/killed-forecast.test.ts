import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createEngineProcess } from '../../src/main/engine-process.ts'

const starter = join(import.meta.dirname, '../../resources/starter')

test(
  'what a forecast that was killed left on the disk is removed by the next engine',
  { timeout: 120_000 },
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'killed-forecast-'))
    const temporary = join(dir, 'temporary')
    mkdirSync(temporary)
    const engine = createEngineProcess({ env: { TMPDIR: temporary } })
    onTestFinished(async () => {
      await engine.kill()
      rmSync(dir, { recursive: true })
    })
    const sources = [join(starter, 'dataset')]
    for await (const event of engine.client().stream('importDataset', { sources, outDir: dir, limit: 256 }))
      void event

    const forecast = async (): Promise<void> => {
      const training = { optimizer: { lr: 1e-4 }, schedule: {}, batchSize: 32, microBatch: 4 }
      for await (const event of engine.client().stream('forecast', {
        modelDir: join(starter, 'model'),
        dataPath: join(dir, 'train.parquet'),
        generation: { maxNewTokens: 16, batchSize: 8 },
        training,
      }))
        void event
    }
    const left = () => readdirSync(temporary).filter((name) => name.startsWith('spin-studio-'))
    const ended = forecast().catch(() => 'ended')
    await expect.poll(left, { interval: 20, timeout: 100_000 }).toHaveLength(1)
    process.kill(engine.pid!, 'SIGKILL')
    expect(await ended).toBe('ended')
    expect(left()).toHaveLength(1)

    await engine.client().call('describe', {})
    expect(left()).toEqual([])
    expect(existsSync(join(dir, 'train.parquet'))).toBe(true)
  },
)
