import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { OptimizerSettings } from '../../../src/contract/settings.ts'
import {
  checkpointSteps,
  latestCheckpoint,
  pruneCheckpoints,
  readCheckpoint,
  writeCheckpoint,
} from '../../../src/engine/training/checkpoint.ts'
import { initialGuardState } from '../../../src/engine/training/guards.ts'
import { createOptimizer } from '../../../src/engine/training/optimizer.ts'
import { settingsHash } from '../../../src/engine/training/settings-hash.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'spin-checkpoint-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const hash = settingsHash({ beta: 0.1, lr: 1e-3 })
const content = (step: number, settings = hash) => ({
  step,
  settingsHash: settings,
  metrics: [],
  guards: { ...initialGuardState(), bestHeldOut: { step: 10, nll: 1.25 } },
  microBatch: 8,
  weights: new Map([['w', { shape: [2, 2], data: Float32Array.of(step, 0.1, -1e-30, 3) }]]),
  optimizer: new Map([
    ['step', Float32Array.of(step)],
    ['exp_avg.w', Float32Array.of(1, 2, 3, 4)],
  ]),
})

describe('checkpoints', () => {
  test('what was written comes back bit for bit', async () => {
    expect(await latestCheckpoint(dir, hash)).toBeNull()
    const path = await writeCheckpoint(dir, content(120))
    expect(path).toBe(join(dir, 'step-000120'))
    const found = (await latestCheckpoint(dir, hash))!
    expect(found).toMatchObject({ step: 120, dir: path, metrics: [], guards: content(120).guards })
    expect(found.readWeights()).toEqual(content(120).weights)
    expect(found.readOptimizer()).toEqual(content(120).optimizer)
  })

  test('a run resumed from disk ends with the same parameters as one that never stopped', async () => {
    const settings = OptimizerSettings.parse({ kind: 'adamw', lr: 0.01 })
    const grad = (step: number) => new Map([['w', Float32Array.of(Math.sin(step), Math.cos(step * 3))]])
    const straight = Float32Array.of(1, -1)
    const one = createOptimizer(settings, new Map([['w', straight]]))
    const other = Float32Array.of(1, -1)
    const two = createOptimizer(settings, new Map([['w', other]]))
    for (let step = 0; step < 6; step++) one.step(grad(step), 0.01)
    for (let step = 0; step < 3; step++) two.step(grad(step), 0.01)
    await writeCheckpoint(dir, {
      ...content(3),
      weights: new Map([['w', { shape: [2], data: other }]]),
      optimizer: two.state(),
    })
    const found = (await latestCheckpoint(dir, hash))!
    const revived = found.readWeights().get('w')!.data
    const three = createOptimizer(settings, new Map([['w', revived]]))
    three.load(found.readOptimizer())
    for (let step = found.step; step < 6; step++) three.step(grad(step), 0.01)
    expect(revived).toEqual(straight)
  })

  test('the newest whole one counts: partial, truncated and emptied ones are passed over', async () => {
    for (const step of [9, 10, 100, 200, 300]) await writeCheckpoint(dir, content(step))
    mkdirSync(join(dir, 'step-000400.partial'))
    truncateSync(join(dir, 'step-000300', 'weights.safetensors'), 50)
    rmSync(join(dir, 'step-000200', 'state.json'))
    expect((await latestCheckpoint(dir, hash))?.step).toBe(100)
    expect(await readCheckpoint(dir, 300)).toBeNull()
    expect((await readCheckpoint(dir, 9))?.step).toBe(9)
  })

  test('one of other settings is an error that says what to do', async () => {
    await writeCheckpoint(dir, content(5, settingsHash({ beta: 5 })))
    const latest = latestCheckpoint(dir, hash)
    await expect(latest).rejects.toMatchObject({ code: 'FILE_EXISTS' })
    await expect(latest).rejects.toThrow(/other training settings.*delete the folder/)
  })

  test('one of another version is an error, not a silent new start', async () => {
    await writeCheckpoint(dir, content(5))
    writeFileSync(join(dir, 'step-000005', 'state.json'), '{"version": 2}')
    await expect(latestCheckpoint(dir, hash)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  })

  test('the same step is written anew over a broken one', async () => {
    await writeCheckpoint(dir, content(5))
    truncateSync(join(dir, 'step-000005', 'optimizer.safetensors'), 9)
    await writeCheckpoint(dir, content(5))
    expect((await latestCheckpoint(dir, hash))?.step).toBe(5)
  })

  test('weights that are not finite are refused and the folder stays as it was', async () => {
    const broken = { ...content(7), weights: new Map([['w', { shape: [1], data: Float32Array.of(NaN) }]]) }
    await expect(writeCheckpoint(dir, broken)).rejects.toMatchObject({ code: 'NOT_FINITE' })
    expect(await checkpointSteps(dir)).toEqual([])
  })

  test('pruning keeps the newest, the protected best, and everything that is not a checkpoint', async () => {
    for (const step of [10, 20, 30, 40]) await writeCheckpoint(dir, content(step))
    mkdirSync(join(dir, 'step-000050.partial'))
    writeFileSync(join(dir, 'notes.partial'), '')
    await pruneCheckpoints(dir, 2, [10])
    expect(readdirSync(dir).toSorted()).toEqual([
      'notes.partial',
      'step-000010',
      'step-000030',
      'step-000040',
    ])
  })
})

test('the settings hash does not depend on the order of keys, only on their values', () => {
  expect(settingsHash({ a: 1, b: { c: [1, 2], d: null } })).toBe(
    settingsHash({ b: { d: null, c: [1, 2] }, a: 1 }),
  )
  expect(settingsHash({ a: 1 })).not.toBe(settingsHash({ a: 2 }))
  expect(settingsHash([1, 2])).not.toBe(settingsHash([2, 1]))
})
