import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

/** Real shortage: the kernel refuses memory beyond a limit that the process sets itself (see the fixture). */
const canLimit = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0
const fixture = join(import.meta.dirname, 'fixtures/short-of-memory.ts')

interface Outcome {
  warnings: string[]
  losses?: number[]
  real?: number[]
  generated?: number[]
  answers?: number[][]
  code?: string
  message?: string
}

/** V8's last words where its own heap met the limit first: nothing can be caught then, and only a restart helps. */
const heapAbort = /JavaScript heap out of memory|Allocation failed/
const attempts = 5

/**
 * `megabytes`: how much more the process may map than after its warm-up; 0 = no limit. Whether the engine's arrays or V8's
 * heap meet the limit first is a matter of timing, so a run that V8 aborted is made again.
 */
async function run(job: Job, limits: Limits): Promise<Outcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(job, limits)
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string }
      if (attempt === attempts || !heapAbort.test(stderr)) throw error
    }
  }
}

type Job = 'train' | 'score' | 'answer' | 'ask'
interface Limits {
  size: number
  length: number
  megabytes: number
}

async function runOnce(job: Job, { size, length, megabytes }: Limits): Promise<Outcome> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [fixture, job, ...[size, megabytes, length].map(String)],
    { env: { ...process.env, SPIN_STUDIO_THREADS: '1' } },
  )
  return JSON.parse(stdout) as Outcome
}

describe.skipIf(!canLimit)('when memory runs out (Linux, with prlimit)', () => {
  test(
    'training halves its micro-batch, says so, and goes on to the same losses',
    { timeout: 60_000 },
    async () => {
      const rows = { size: 4, length: 960 }
      const roomy = await run('train', { ...rows, megabytes: 0 })
      expect(roomy.warnings).toEqual([])
      expect(roomy.losses![0]).toBeCloseTo(Math.LN2, 6)
      expect(roomy.losses![1]).toBeLessThan(roomy.losses![0]! - 1e-4)
      // Four rows at once need about 230 MB, two 180, one 90.
      const tight = await run('train', { ...rows, megabytes: 150 })
      expect(tight.warnings[0]).toMatch(
        /Step 0: memory ran out with micro-batches of 4; .* again with 2, accumulated to the same 4/,
      )
      // Sums of the same rows in float32, in another order.
      for (const [step, loss] of roomy.losses!.entries())
        expect(Math.abs(tight.losses![step]! - loss)).toBeLessThan(1e-6)
      expect(tight.losses).toHaveLength(roomy.losses!.length)
    },
  )

  test(
    'a single row that does not fit ends with what to do, not with a crash',
    { timeout: 60_000 },
    async () => {
      const { code, message, warnings } = await run('train', { size: 2, length: 2600, megabytes: 130 })
      expect(warnings).toHaveLength(1)
      expect(code).toBe('OUT_OF_MEMORY')
      expect(message).toMatch(/a single row at a time\. Lower the maximum length, train an adapter/)
    },
  )

  test(
    'the opponent is scored in smaller batches, with the same log-probs',
    { timeout: 60_000 },
    async () => {
      const rows = { size: 8, length: 1920 }
      const roomy = await run('score', { ...rows, megabytes: 0 })
      expect(roomy.warnings).toEqual([])
      const tight = await run('score', { ...rows, megabytes: 50 })
      expect(tight.warnings[0]).toBe(
        'Memory ran out while scoring 8 answers at once; scoring goes on with 4 at once.',
      )
      for (const side of ['real', 'generated'] as const)
        for (const [i, logp] of roomy[side]!.entries()) expect(tight[side]![i]).toBeCloseTo(logp, 4)
    },
  )

  test('benchmark questions are scored in halves, with the same numbers', { timeout: 60_000 }, async () => {
    const rows = { size: 8, length: 1920 }
    const roomy = await run('ask', { ...rows, megabytes: 0 })
    expect(roomy.warnings).toEqual([])
    const tight = await run('ask', { ...rows, megabytes: 75 })
    expect(tight.warnings[0]).toBe(
      'Memory ran out while scoring 8 questions at once; it goes on with 4 at once.',
    )
    for (const [i, scores] of roomy.answers!.entries())
      for (const [c, value] of scores.entries()) expect(tight.answers![i]![c]).toBeCloseTo(value, 4)
  })

  test('fewer prompts are answered at once, with the same tokens', { timeout: 60_000 }, async () => {
    const rows = { size: 16, length: 960 }
    const roomy = await run('answer', { ...rows, megabytes: 0 })
    expect(roomy.warnings).toEqual([])
    // Sixteen at once need about 180 MB, eight 85.
    const tight = await run('answer', { ...rows, megabytes: 135 })
    expect(tight.warnings[0]).toMatch(/while answering 16 prompts at once; .* 8 at once/)
    expect(tight.answers).toEqual(roomy.answers)
    expect(tight.answers!.every((answer) => answer.length > 0)).toBe(true)
  })
})
