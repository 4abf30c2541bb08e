import { expect, it } from 'vitest'
import { createCommandChannel } from '../../../src/main/host/command-channel.ts'

it('gives each command to every page once, in order', async () => {
  const channel = createCommandChannel()
  const leave = new AbortController()
  const pages = [channel.listen(leave.signal), channel.listen(leave.signal)]
  const first = pages.map((page) => page.next())
  channel.send({ command: 'help' })
  channel.send({ command: 'settings' })
  for (const page of first) expect((await page).value).toEqual({ command: 'help' })
  for (const page of pages) expect((await page.next()).value).toEqual({ command: 'settings' })
  leave.abort()
  for (const page of pages) expect((await page.next()).done).toBe(true)
})

it('keeps the last commands for the page that is only being opened, and gives them to one page', async () => {
  const channel = createCommandChannel()
  for (let n = 0; n < 40; n++) channel.send({ command: 'show-run', projectId: 'p', runId: n })
  const leave = new AbortController()
  const page = channel.listen(leave.signal)
  const seen: unknown[] = []
  for await (const command of page) {
    seen.push(command.command === 'show-run' ? command.runId : null)
    if (seen.length === 16) leave.abort()
  }
  expect(seen[0]).toBe(24)
  expect(seen.at(-1)).toBe(39)
  const later = new AbortController()
  const next = channel.listen(later.signal).next()
  channel.send({ command: 'about' })
  expect((await next).value).toEqual({ command: 'about' })
  later.abort()
})

it('ends a page that waits when it leaves', async () => {
  const leave = new AbortController()
  const waiting = createCommandChannel().listen(leave.signal).next()
  leave.abort()
  expect((await waiting).done).toBe(true)
})
