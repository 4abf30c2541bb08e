// npm run bench [-- --json FILE --only NAME --quick --threads N --samples N --cpu-time]
import { rmSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import { useCpuTime } from './clock.ts'
import { type Figure, figureTable, goalMet } from './figure.ts'
import { benchGeneration } from './generation.ts'
import { benchImport } from './import.ts'
import { benchMachine, Machine, machineState } from './machine.ts'
import { benchScoring } from './scoring.ts'
import { benchTrainingStep } from './training-step.ts'

const benchmarks: Record<string, (bench: Bench) => AsyncGenerator<Figure>> = {
  'training-step': benchTrainingStep,
  generation: benchGeneration,
  scoring: benchScoring,
  import: benchImport,
}

const usage = `Usage: npm run bench [-- options]
  --only NAME     one of: machine, ${Object.keys(benchmarks).join(', ')} (may be given several times)
  --json FILE     writes the figures as JSON, too
  --quick         fewer tokens and rows; the same shapes
  --threads N     compute threads (default: all cores)
  --samples N     timed runs after the warm-up, the best counts (default and least: 3)
  --cpu-time      one thread, and its CPU time instead of the clock on the wall: for ratios on a busy machine`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      threads: { type: 'string', default: String(availableParallelism()) },
      samples: { type: 'string', default: '3' },
      'cpu-time': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const cpuTime = values['cpu-time']
  if (cpuTime) useCpuTime()
  const threads = cpuTime ? 1 : wholeNumber('--threads', values.threads, 1)
  const samples = wholeNumber('--samples', values.samples, 3)
  const wanted = values.only ?? Object.keys(benchmarks)
  const unknown = wanted.find((name) => name !== 'machine' && !benchmarks[name])
  if (unknown !== undefined) throw new UsageError(`--only: there is no benchmark "${unknown}"`)

  const before = machineState(threads)
  const busy = !cpuTime && before.loadAverage[0]! > before.cores / 4
  if (busy)
    console.error(
      `Other work is running here (load average ${before.loadAverage[0]}): the figures will be too low and their ratios unsure.`,
    )
  const machine = await Machine.open(threads)
  const scratchDir = await mkdtemp(join(tmpdir(), 'spin-bench-'))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      rmSync(scratchDir, { recursive: true, force: true })
      process.exit(signal === 'SIGINT' ? 130 : 143)
    })
  }
  const bench: Bench = { machine, threads, quick: values.quick, samples, scratchDir }
  const figures: Figure[] = []
  const collect = async (name: string, run: AsyncGenerator<Figure>) => {
    console.error(`${name} …`)
    for await (const one of run) {
      figures.push(one)
      console.error(
        `  ${one.name}: ${one.value.toPrecision(4)} ${one.unit}${one.ratio === null ? '' : `, ratio ${one.ratio.toFixed(2)}`}`,
      )
    }
  }
  try {
    await machine.sampleBandwidth(2 ** (values.quick ? 28 : 29), 5)
    await collect('machine', benchMachine(bench))
    for (const name of wanted) if (benchmarks[name]) await collect(name, benchmarks[name](bench))
  } finally {
    await machine.release()
    await rm(scratchDir, { recursive: true, force: true })
  }
  const after = machineState(threads)
  console.log(figureTable(figures))
  console.log(
    `\n${after.cpu}, ${after.cores} cores, ${threads} ${threads === 1 ? 'thread' : 'threads'}${cpuTime ? ', CPU time' : ''}, ${after.node}, ${after.platform}; ` +
      `load average ${before.loadAverage.join(' ')} before, ${after.loadAverage.join(' ')} after (1, 5, 15 minutes)` +
      `${busy ? ': the machine was busy with other work, the figures are not its own' : ''}.`,
  )
  if (values.json !== undefined) {
    const document = {
      version: 1,
      finishedAt: new Date().toISOString(),
      quick: values.quick,
      clock: cpuTime ? 'cpu' : 'wall',
      machine: { ...after, loadAverageBefore: before.loadAverage },
      figures: figures.map((one) => ({ ...one, met: goalMet(one) })),
    }
    await writeFile(`${values.json}.tmp`, JSON.stringify(document, null, 2) + '\n')
    await rename(`${values.json}.tmp`, values.json)
  }
}

class UsageError extends Error {}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least)
    throw new UsageError(`${option}: expected a whole number from ${least} up, found "${text}"`)
  return value
}

const isUsageError = (error: unknown): error is Error =>
  error instanceof UsageError ||
  (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))

try {
  await main()
} catch (error) {
  if (!isUsageError(error)) throw error
  console.error(`${error.message}\n\n${usage}`)
  process.exitCode = 2
}
