/**
 * A model at the upper end of what 24 GB hold: random weights in the shapes of Qwen2.5-1.5B (bf16 on disk, 3.1 GB)
 * answer prompts and take LoRA and QLoRA steps through the stages that the product runs, each in a process of its own,
 * whose peak resident memory is printed.
 *
 *   npm run bench:large [-- --out DIR] [--only generate,lora,qlora8,qlora4] [--steps 2] [--rows 16] [--keep]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { FinetuneResult, GenerateResult, StepMetrics } from '../src/contract/engine.ts'
import { GateSettings, GenerationSettings, TrainingSettings } from '../src/contract/settings.ts'
import { peakBytes } from '../src/engine/forecast/peak-memory.ts'
import { finetuneStage } from '../src/engine/stages/finetune-stage.ts'
import { generateStage } from '../src/engine/stages/generate-stage.ts'
import { writeRandomFolder } from './random-folder.ts'
import { importRandomPairs } from './random-pairs.ts'

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    only: { type: 'string', default: 'generate,lora,qlora8,qlora4' },
    steps: { type: 'string', default: '2' },
    rows: { type: 'string', default: '16' },
    keep: { type: 'boolean', default: false },
    part: { type: 'string' }, // set by the parent process
  },
})
const out = values.out ?? mkdtempSync(join(tmpdir(), 'spin-large-'))
const modelDir = join(out, 'model')
const dataDir = join(out, `pairs-${values.rows}`)
const dataPath = join(dataDir, 'train.parquet')
const [promptTokens, answerTokens, newTokens] = [96, 96, 32]
const signal = new AbortController().signal

if (values.part === undefined) {
  const { words } = writeRandomFolder(modelDir, '1.5B')
  await importRandomPairs(dataDir, words, { rows: Number(values.rows), promptTokens, answerTokens })
  for (const part of values.only.split(',')) {
    const child = spawnSync(
      process.execPath,
      [import.meta.filename, '--part', part, '--out', out, '--steps', values.steps, '--rows', values.rows],
      {
        stdio: 'inherit',
      },
    )
    if (child.status !== 0) console.log(`${part}: ended with ${child.status ?? child.signal}`)
  }
  if (!values.keep && values.out === undefined) rmSync(out, { recursive: true })
} else if (values.part === 'generate') await generate()
else await finetune(values.part)

async function generate(): Promise<void> {
  const settings = GenerationSettings.parse({ maxNewTokens: newTokens, batchSize: 8, temperature: 1 })
  const startedAt = performance.now()
  let done: GenerateResult | undefined
  let rate: number | null = null
  for await (const event of generateStage(
    {
      modelDir,
      dataPath,
      outDir: join(out, `generated-${process.pid}`),
      split: 'train',
      fracLen: 0,
      fractions: null,
      baseWeights: 'f32',
      settings,
    },
    signal,
  )) {
    if (event.kind === 'done') done = event
    else if (event.kind === 'progress') rate = event.tokensPerSecond ?? rate
  }
  const seconds = (performance.now() - startedAt) / 1000
  const tokens = done!.fractions.reduce((sum, { generatedTokens }) => sum + generatedTokens, 0)
  report(
    'generate, batch 8',
    `${tokens} tokens in ${seconds.toFixed(0)} s, ${rate?.toFixed(1) ?? '–'} tokens/s while answering`,
  )
}

async function finetune(part: string): Promise<void> {
  const baseWeights = part === 'qlora8' ? 'int8' : part === 'qlora4' ? 'int4' : 'f32'
  const settings = TrainingSettings.parse({
    objective: 'dpo',
    optimizer: { lr: 1e-5 },
    schedule: {},
    batchSize: 4,
    microBatch: 2,
    maxSteps: Number(values.steps),
    adapter: { rank: 16, baseWeights },
    guards: { enabled: false },
  })
  const steps: StepMetrics[] = []
  let done: FinetuneResult | undefined
  const work = join(out, `${part}-${process.pid}`)
  for await (const event of finetuneStage(
    {
      modelDir,
      sources: [{ path: dataPath, fraction: 1 }],
      heldOutPath: null,
      workDir: join(work, 'work'),
      outDir: join(work, 'adapter'),
      settings,
      gates: GateSettings.parse({}),
    },
    signal,
  )) {
    if (event.kind === 'step') steps.push(event)
    else if (event.kind === 'done') done = event
    else if (event.kind === 'log') console.log(`  ${event.message}`)
  }
  const stepSeconds = steps.map(({ stepMs }) => (stepMs / 1000).toFixed(1)).join(', ')
  report(
    `${part}, rank 16, 2 pairs at a time`,
    `step 0 loss ${done!.step0Loss.toFixed(6)}; ${settings.batchSize} pairs a step in ${stepSeconds} s`,
  )
}

function report(what: string, figures: string): void {
  console.log(`${what}: ${figures}; peak memory ${(peakBytes() / 1e9).toFixed(2)} GB`)
  process.exit(0)
}
