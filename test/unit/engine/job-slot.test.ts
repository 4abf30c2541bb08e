import { expect, it } from 'vitest'
import { createJobSlot } from '../../../src/engine/job-slot.ts'

const never = new AbortController().signal

async function* forever(ended?: () => void): AsyncGenerator<number, void, void> {
  try {
    for (let i = 0; ; i++) yield i
  } finally {
    ended?.()
  }
}

it('a second job while one runs fails with BUSY and names both', async () => {
  const jobs = createJobSlot()
  const first = jobs.stream('generate', never, async () => forever())
  await first.next()
  const second = jobs.stream('finetune', never, async () => forever())
  await expect(second.next()).rejects.toMatchObject({
    code: 'BUSY',
    data: { running: 'generate', requested: 'finetune' },
  })
  await expect(jobs.call('gather', never, async () => 1)).rejects.toMatchObject({ code: 'BUSY' })
  await first.return()
  expect(await jobs.call('gather', never, async () => 1)).toBe(1)
})

it('a job that failed, also before it began, leaves the place free', async () => {
  const jobs = createJobSlot()
  const failing = jobs.stream('generate', never, () => Promise.reject(new Error('no such file')))
  await expect(failing.next()).rejects.toThrow('no such file')
  expect(await jobs.call('gather', never, async () => 2)).toBe(2)
})

it('a job that was cancelled but is still winding down is waited for', async () => {
  const jobs = createJobSlot()
  const abort = new AbortController()
  const order: string[] = []
  const first = jobs.stream('generate', abort.signal, async () => forever(() => order.push('first ended')))
  await first.next()
  abort.abort()
  const second = jobs.call('gather', never, async () => order.push('second began'))
  await first.return()
  await second
  expect(order).toEqual(['first ended', 'second began'])
})
