import { expect, it, onTestFinished } from 'vitest'
import { createWatchdog, processorTime, type WatchdogLimits } from '../../../src/main/engine-watchdog.ts'

const limits: WatchdogLimits = { tickMs: 5000, leastMs: 300_000, firstMs: 1_200_000, factor: 10 }

/** A watchdog whose clocks stand still unless they are told to go on. */
function watched() {
  const said: string[] = []
  const clock = { ms: 1e6, wall: 5e12, processor: null as number | null }
  let answers = (): void => undefined
  const dog = createWatchdog({
    ...limits,
    ping: () => new Promise((resolve) => (answers = resolve)),
    processorMs: () => clock.processor,
    onSilence: (silent, limit) => said.push(`silent ${silent / 1000} of ${limit / 1000}`),
    onHung: (silent) => said.push(`hung ${silent / 1000}`),
    now: () => clock.ms,
    wallClock: () => clock.wall,
  })
  onTestFinished(() => dog.end())
  return {
    dog,
    said,
    clock,
    /** The engine's thread turns, as it does between two programs. */
    async answer() {
      answers()
      await new Promise((resolve) => setImmediate(resolve))
    },
    /** Seconds pass with a look every five. */
    pass(seconds: number, work = 0) {
      for (let i = 0; i < seconds / 5; i++) {
        clock.ms += 5000
        clock.wall += 5000
        if (clock.processor !== null) clock.processor += work * 5000
        dog.tick()
      }
    },
  }
}

it('says half-way that nothing is heard, then that the engine hangs, each once', () => {
  const { dog, said, pass } = watched()
  dog.begin()
  dog.heard(true)
  pass(150)
  expect(said).toEqual([])
  pass(5)
  expect(said).toEqual(['silent 155 of 300'])
  pass(600)
  expect(said).toEqual(['silent 155 of 300', 'hung 305'])
})

it('waits longer before the first event of a request, while models are read and programs compiled', () => {
  const { dog, said, pass } = watched()
  dog.begin()
  dog.heard(false) // what it computes on, and that nothing is done yet
  pass(1200)
  expect(said).toEqual(['silent 605 of 1200'])
  dog.heard(true)
  pass(305)
  // The long silence that did end is a measure from now on.
  expect(said).toHaveLength(1)
})

it('measures: many times the longest silence that ended is still work', async () => {
  const { dog, said, pass, answer } = watched()
  dog.begin()
  dog.heard(true)
  dog.tick()
  pass(100)
  await answer() // a program of a hundred seconds
  pass(495)
  expect(said).toEqual([])
  pass(10)
  expect(said).toEqual(['silent 505 of 1000'])
  pass(500)
  expect(said.at(-1)).toBe('hung 1005')
})

it('an engine that answers or uses its processor is never silent', async () => {
  const { dog, said, pass, answer, clock } = watched()
  dog.begin()
  dog.heard(true)
  for (let i = 0; i < 200; i++) {
    pass(5)
    await answer()
  }
  clock.processor = 0
  pass(5)
  pass(5000, 0.9)
  expect(said).toEqual([])
  pass(305, 0.001) // a thread that watches the parent is no work
  expect(said.at(-1)).toBe('hung 305')
})

it.each([
  ['the monotonic clock stands still in sleep', 5000, 7_200_000],
  ['both clocks go on in sleep', 7_200_000, 7_200_000],
  ['somebody sets the clock', 5000, -86_400_000],
])('time in which the machine slept is not the engine’s: %s', (_name, ms, wall) => {
  const { dog, said, pass, clock } = watched()
  dog.begin()
  dog.heard(true)
  pass(290)
  clock.ms += ms
  clock.wall += wall
  dog.tick()
  pass(145)
  expect(said).toEqual(['silent 155 of 300'])
  pass(200)
  expect(said.at(-1)).toMatch(/^hung/)
})

it('judges nothing while nothing is asked of the engine, as between two stages or in a pause', () => {
  const { dog, said, pass } = watched()
  const end = dog.begin()
  dog.heard(true)
  pass(140)
  end()
  pass(10_000)
  dog.begin()
  dog.heard(true)
  pass(150)
  expect(said).toEqual([])
})

it.skipIf(process.platform !== 'linux')('reads what a process has used of processors', () => {
  const before = processorTime(process.pid)!
  const { user, system } = process.cpuUsage()
  expect(Math.abs(before - (user + system) / 1000)).toBeLessThan(100) // counted in hundredths of a second, on each thread
  expect(processorTime(undefined)).toBeNull()
  expect(processorTime(2 ** 30)).toBeNull()
})
