import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeRepeats } from '../unit/loop/repeated-rows.ts'

/** kill -9 of the terminal, the engine or both, at ten random moments of a real two-iteration loop. */

const root = fileURLToPath(new URL('../../', import.meta.url))
const terminal = join(root, 'src/main/terminal/index.ts')
const model = join(root, 'test/golden/tied/model')
const seed = Number(process.env['FAULT_SEED'] ?? 1)
const random = randomStream(seed)

const training = (lr: number) => ({
  beta: 0.3,
  nllWeight: 0.5,
  optimizer: { kind: 'adamw', lr },
  batchSize: 8,
  microBatch: 4,
  maxLength: 64,
  maxPromptLength: 40,
  maxSteps: 12,
  checkpointEverySteps: 3,
  schedule: { scheduleEpochs: 4, stopEpoch: 4 },
  guards: { enabled: false },
})
const generation = { temperature: 1.2, maxNewTokens: 12, batchSize: 4 }
const plan = {
  preset: 'custom',
  fracLen: 10,
  iterations: [
    { generation, training: training(1e-3) },
    { generation: { ...generation, seed: 43 }, training: training(5e-4) },
  ],
  gates: { maxCapped: 1, maxEmpty: 1 }, // the golden model is random: nearly all of its answers are cut
  evaluation: { samplesPerPrompt: 1, maxNewTokens: 12, batchSize: 4 },
  stopRule: { score: 'nll', patience: 2 },
}

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'spin-kill-'))
  writeRepeats(join(dir, 'data.jsonl'), 40)
  writeFileSync(join(dir, 'plan.yaml'), JSON.stringify(plan))
})
afterAll(() => rmSync(dir, { recursive: true }))

it(
  `ten kills at random moments change no byte of fractions, pairs or models (FAULT_SEED=${seed})`,
  { timeout: 600_000 },
  async () => {
    const whole = join(dir, 'whole')
    expect(await ended(run(whole))).toBe(0)
    const expected = hashes(whole)
    expect(Object.keys(expected).length).toBeGreaterThanOrEqual(12)

    const broken = join(dir, 'broken')
    let kills = 0
    let finished = false
    for (let attempt = 0; kills < 10 && attempt < 40; attempt++) {
      if (finished) rmSync(broken, { recursive: true }) // the run was faster than its killer: another one
      const child = run(broken)
      const exit = ended(child)
      const moment = started(child).then(() => wait(random() * 2500, 'now' as const, { ref: false }))
      if ((await Promise.race([exit, moment])) === 'now') {
        if (kill(child, kills % 3)) kills++
      }
      // A killed engine is replaced by its host, which then finishes; a killed host takes its engine along.
      finished = (await exit) === 0
    }
    expect(kills).toBe(10)
    expect(await ended(run(broken))).toBe(0)
    expect(hashes(broken)).toEqual(expected)
  },
)

function run(project: string): ChildProcess {
  return spawn(
    process.execPath,
    [
      terminal,
      'run',
      '--model',
      model,
      '--data',
      join(dir, 'data.jsonl'),
      '--plan',
      join(dir, 'plan.yaml'),
      '--output_dir',
      project,
    ],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, SPIN_STUDIO_THREADS: '1' },
    },
  )
}

/** Once the run has its engine, however long a busy machine takes to start it. Never, where it ends before that. */
async function started(host: ChildProcess): Promise<void> {
  while (host.exitCode === null && enginesOf(host.pid!).length === 0)
    await wait(20, undefined, { ref: false })
}

async function ended(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

/** 0: the host, 1: the engine, 2: both. False where an engine has just ended: there is nothing to kill. */
function kill(host: ChildProcess, which: number): boolean {
  const engines = enginesOf(host.pid!)
  if (which > 0 && engines.length === 0) return false
  if (which > 0) for (const pid of engines) process.kill(pid, 'SIGKILL')
  return which === 1 || host.kill('SIGKILL')
}

/** The engine alone: the host asks the system's tools too. */
function enginesOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`
  const children = existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number) : []
  return children.filter((child) => {
    try {
      return readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('engine/index')
    } catch {
      return false // it has ended since
    }
  })
}

/** sha256 of everything that the loop promises to reproduce; times and paths are elsewhere. */
function hashes(project: string): Record<string, string> {
  const files = readdirSync(project, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^iter-\d+\/(generated\/loser_.*\.jsonl|pairs\/.*\.parquet|model\/model\.safetensors)$/.test(name),
  )
  return Object.fromEntries(
    files.sort().map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(project, name)))
        .digest('hex'),
    ]),
  )
}

/** mulberry32: a repeatable sequence in [0,1). */
function randomStream(state: number): () => number {
  let a = state
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
