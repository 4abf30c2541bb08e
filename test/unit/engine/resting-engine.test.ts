import { expect, onTestFinished, test, vi } from 'vitest'
import { createEngineProcess } from '../../../src/main/engine-process.ts'
import { restingAccess } from '../../../src/main/resting-engine.ts'

test('an engine that has nothing to do is ended, and started again by the next use', async () => {
  const process = createEngineProcess()
  onTestFinished(() => process.stop())
  const access = restingAccess(process, 1)
  const first = await access.call('describe', {})
  await vi.waitFor(() => expect(process.pid).toBeNull(), { timeout: 10_000 })
  const [second, third] = await Promise.all([access.call('describe', {}), access.call('describe', {})])
  expect([second.versions, third.versions]).toEqual([first.versions, first.versions])
})

test('a use that comes while the engine is ending waits for that and is answered', async () => {
  const process = createEngineProcess()
  onTestFinished(() => process.stop())
  const access = restingAccess(process, 0)
  for (let i = 0; i < 5; i++) {
    await access.call('describe', {})
    await new Promise<void>((resolve) => setTimeout(resolve, 0)) // the timer of the end comes before this one
    expect((await access.call('describe', {})).versions).toBeDefined()
  }
})
