/**
 * Peers beside ours on this machine's CPU, in one run: PyTorch + TRL's DPOTrainer, transformers' generate, llama.cpp.
 * Same model (random weights), same tokens, same threads; every one in a process of its own, one after the other.
 *
 *   python -m venv peers && peers/bin/pip install -r bench/peers/requirements.txt
 *   npm install --prefix bench/peers
 *   npm run bench:peers -- --python peers/bin/python [--threads 2] [--model 135m|10m|both] [--quick] [--rounds 2]
 *   … --only generate --threads 1 --cpu-time    on a busy machine: one thread, its CPU time
 *
 * A peer that is not installed is left out, and the table says so. With several rounds each figure is the best of them,
 * because whatever else runs on the machine only ever slows one down.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { peerShapes, writePeerModel } from './peer-model.ts'
import { makeWorkload, type WorkloadSizes } from './workload.ts'

const Trained = z.object({
  pairsPerSecond: z.number(),
  referenceSeconds: z.number(),
  losses: z.array(z.number()),
  peakBytes: z.number(),
})
const Generated = z.object({
  tokensPerSecond: z.record(z.string(), z.number()),
  first: z.array(z.number()),
  mixed: z.number(), // tokens/s
  peakBytes: z.number(),
})
type Generated = z.infer<typeof Generated>

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    threads: { type: 'string', default: String(availableParallelism()) },
    model: { type: 'string', default: 'both' },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '1' },
    'cpu-time': { type: 'boolean', default: false },
    only: { type: 'string', default: 'train,generate' },
  },
})
const threads = Number(values.threads)
const rounds = Number(values.rounds)
const here = import.meta.dirname
const node = process.execPath

const sizes: Record<keyof typeof peerShapes, WorkloadSizes> = {
  '10m': {
    promptTokens: 96,
    answerTokens: 96,
    microBatch: 8,
    accumulate: 2,
    steps: values.quick ? 2 : 6,
    batches: values.quick ? [8] : [1, 8, 16, 32],
    newTokens: values.quick ? 32 : 96,
    generationPrompt: 64,
    mixedPrompts: values.quick ? 32 : 128,
  },
  '135m': {
    promptTokens: 128,
    answerTokens: 128,
    microBatch: 4,
    accumulate: 1,
    steps: values.quick ? 1 : 2,
    batches: values.quick ? [8] : [1, 8, 16, 32],
    newTokens: values.quick ? 24 : 64,
    generationPrompt: 64,
    mixedPrompts: values.quick ? 24 : 96,
  },
}

const names = values.model === 'both' ? (['10m', '135m'] as const) : [values.model as '10m' | '135m']
for (const name of names) await compare(name)

async function compare(name: keyof typeof peerShapes): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'spin-peers-'))
  const shape = peerShapes[name]
  const words = await writePeerModel(dir, shape)
  const file = join(dir, 'workload.json')
  const { promptTokens, answerTokens, microBatch, accumulate, newTokens, generationPrompt } = sizes[name]
  writeFileSync(
    file,
    JSON.stringify(makeWorkload(dir, words, { threads, cpuTime: values['cpu-time'] }, sizes[name])),
  )
  console.log(
    `\n## ${shape.name}, ${threads} thread${threads === 1 ? '' : 's'}, float32; pairs of ${promptTokens} + ${answerTokens} / ${answerTokens} tokens, ${accumulate} × ${microBatch} a step; ${generationPrompt} prompt tokens, ${newTokens} new ones`,
  )
  if (values.only.includes('train')) await compareTraining(file)
  if (values.only.includes('generate')) await compareGeneration(file, sizes[name].batches)
  rmSync(dir, { recursive: true })
}

async function compareTraining(file: string): Promise<void> {
  const runs = [
    { who: 'ours', command: [node, join(here, 'ours-train.ts'), file] },
    {
      who: 'TRL, its defaults (checkpointing)',
      command: [values.python, join(here, 'train_trl.py'), file, '--checkpointing'],
    },
    { who: 'TRL, without checkpointing', command: [values.python, join(here, 'train_trl.py'), file] },
  ]
  const results = await bestOf(runs, Trained, (result) => result.pairsPerSecond)
  const ours = results.find(({ who }) => who === 'ours')?.result
  table(
    [
      'training (DPO loss, AdamW)',
      'pairs/s',
      'ours ÷ it',
      'peak memory',
      'ours ÷ it',
      'reference',
      'first and mean loss',
    ],
    results.map(({ who, result }) =>
      result === null
        ? [who, 'not run here']
        : [
            who,
            result.pairsPerSecond.toFixed(3),
            ours ? (ours.pairsPerSecond / result.pairsPerSecond).toFixed(2) : '–',
            gigabytes(result.peakBytes),
            ours ? (ours.peakBytes / result.peakBytes).toFixed(2) : '–',
            `${result.referenceSeconds.toFixed(1)} s`,
            `${result.losses[0]!.toFixed(4)}, ${mean(result.losses).toFixed(4)}`,
          ],
    ),
  )
}

async function compareGeneration(file: string, batches: readonly number[]): Promise<void> {
  const runs = [
    { who: 'ours', command: [node, join(here, 'ours-generate.ts'), file] },
    {
      who: 'transformers generate',
      command: [values.python, join(here, 'generate_transformers.py'), file],
    },
    { who: 'llama.cpp, f16', command: [node, join(here, 'generate-llama-cpp.ts'), file] },
  ]
  const results = await bestOf(runs, Generated, (result) => Object.values(result.tokensPerSecond).at(-1)!)
  const ours = results.find(({ who }) => who === 'ours')?.result
  table(
    [
      'generation (greedy), tokens/s',
      ...batches.map((batch) => `batch ${batch}`),
      'mixed lengths, batch 16',
      'peak memory',
      'first row',
    ],
    results.map(({ who, result }) =>
      result === null
        ? [who, 'not run here']
        : [
            who,
            ...[...batches.map((batch) => String(batch)), null].map((batch) => {
              const rateOf = (of: Generated) => (batch === null ? of.mixed : of.tokensPerSecond[batch]!)
              const rate = rateOf(result)
              const times = ours && who !== 'ours' ? ` (ours × ${(rateOf(ours) / rate).toFixed(2)})` : ''
              return `${rate.toFixed(0)}${times}`
            }),
            gigabytes(result.peakBytes),
            ours && same(result.first, ours.first) ? 'same tokens' : 'other tokens',
          ],
    ),
  )
}

/** Every command `rounds` times, in turn; of each the result with the highest rate, null where it could not run. */
async function bestOf<T>(
  runs: readonly { who: string; command: string[] }[],
  schema: z.ZodType<T>,
  rate: (result: T) => number,
): Promise<{ who: string; result: T | null }[]> {
  const best = new Map<string, T>()
  for (let round = 0; round < rounds; round++) {
    for (const { who, command } of runs) {
      const result = await lastLine(command, schema)
      const known = best.get(who)
      if (result !== null && (known === undefined || rate(result) > rate(known))) best.set(who, result)
    }
  }
  return runs.map(({ who }) => ({ who, result: best.get(who) ?? null }))
}

/** The JSON that a peer prints as its last line; null (and its words on stderr) where it fails. */
async function lastLine<T>([command, ...rest]: string[], schema: z.ZodType<T>): Promise<T | null> {
  if (command!.includes('/') && !existsSync(command!)) return null
  const child = spawn(command!, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SPIN_STUDIO_THREADS: String(threads) },
  })
  let out = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(127))
    child.on('close', resolve)
  })
  if (code !== 0) {
    console.error(`${[command, ...rest].join(' ')} ended with ${code}: ${errors.slice(-600)}`)
    return null
  }
  return schema.parse(JSON.parse(out.trim().split('\n').at(-1)!))
}

function table(head: string[], rows: string[][]): void {
  console.log(`\n| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|`)
  for (const row of rows) console.log(`| ${head.map((_, i) => row[i] ?? '').join(' | ')} |`)
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i])
}
