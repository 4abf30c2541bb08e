import { setTimeout as pause } from 'node:timers/promises'
import type { ChangeBell } from './change-bell.ts'

/** At most two views a second; another program that writes the same record is noticed within two seconds. */
const shortestGapMs = 500
const longestGapMs = 2000

/** The next moment at which a watcher looks again. */
export async function nextLook(bell: ChangeBell, signal: AbortSignal): Promise<void> {
  const since = performance.now()
  await bell.next(longestGapMs, signal)
  const rest = shortestGapMs - (performance.now() - since)
  if (rest > 0 && !signal.aborted) await pause(rest)
}

/** A view now, and again whenever it has become another one, until the signal is aborted. */
export async function* watchView<T>(bell: ChangeBell, look: () => T, signal: AbortSignal): AsyncGenerator<T> {
  let last = ''
  while (!signal.aborted) {
    const view = look()
    const text = JSON.stringify(view)
    if (text !== last) yield view
    last = text
    await nextLook(bell, signal)
  }
}
