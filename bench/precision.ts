/**
 * The training curves of f16 and bf16 beside those of f32 on the starter: the same pairs in the same order, all that differs
 * is `precision`. On the processor halves are rounded float32 numbers (engine/onnx/half-stand-ins.ts), so the curves are those of
 * a card that multiplies halves and adds in float32, and the times are no card's.
 *
 *   npm run bench:precision [-- --steps 60] [--rows 1000] [--every 10]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { StepMetrics } from '../src/contract/engine.ts'
import {
  GateSettings,
  GenerationSettings,
  type Precision,
  precisions,
  TrainingSettings,
} from '../src/contract/settings.ts'
import { finetuneStage } from '../src/engine/stages/finetune-stage.ts'
import { gatherStage } from '../src/engine/stages/gather-stage.ts'
import { generateStage } from '../src/engine/stages/generate-stage.ts'
import { importStage } from '../src/engine/stages/import-stage.ts'
import { demoNumbers } from '../src/main/demo/demo-plan.ts'

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '60' },
    rows: { type: 'string', default: '1000' },
    every: { type: 'string', default: '10' },
  },
})
const { signal } = new AbortController()
const resources = join(import.meta.dirname, '../resources/starter')
const modelDir = join(resources, 'model')
const gates = GateSettings.parse({ maxCapped: 1, maxEqual: 1, maxEmpty: 1 })
const dir = mkdtempSync(join(tmpdir(), 'spin-precision-'))
process.on('exit', () => rmSync(dir, { recursive: true }))

const path = await makePairs()
const curves = new Map<Precision, StepMetrics[]>()
for (const precision of precisions) curves.set(precision, await trainIn(precision))
report(curves)

async function makePairs(): Promise<string> {
  await end(
    importStage(
      {
        sources: [join(resources, 'dataset', 'train.jsonl')],
        outDir: join(dir, 'data'),
        trainName: 'train.parquet',
        testName: 'test.parquet',
        mapping: null,
        testShare: 0,
        seed: 1,
        limit: Number(values.rows),
        keepRejected: false,
      },
      signal,
    ),
  )
  await end(
    generateStage(
      {
        modelDir,
        dataPath: join(dir, 'data', 'train.parquet'),
        outDir: join(dir, 'generated'),
        split: 'train',
        fracLen: 0,
        fractions: null,
        baseWeights: 'f32',
        settings: GenerationSettings.parse({
          temperature: demoNumbers.opponentTemperature,
          maxNewTokens: demoNumbers.maxNewTokens,
          batchSize: demoNumbers.generationBatch,
        }),
      },
      signal,
    ),
  )
  await gatherStage(
    { inputDir: join(dir, 'generated'), outDir: join(dir, 'pairs'), numFracs: null, gates },
    signal,
  )
  return join(dir, 'pairs', 'train_prefs-00000-of-00001.parquet')
}

async function trainIn(precision: Precision): Promise<StepMetrics[]> {
  const { batchSize, microBatch, beta, nllWeight, learningRates, warmupSteps } = demoNumbers
  const steps = Number(values.steps)
  const epochs = (steps * batchSize) / Number(values.rows) + 1
  const settings = TrainingSettings.parse({
    precision,
    beta,
    nllWeight,
    optimizer: { lr: learningRates[0].peak },
    schedule: { kind: 'cosine', warmupSteps, scheduleEpochs: epochs, stopEpoch: epochs },
    batchSize,
    microBatch,
    maxSteps: steps,
    maxLength: 160,
    maxPromptLength: 96,
    checkpointEverySteps: 1000,
    guards: { enabled: false },
  })
  const curve: StepMetrics[] = []
  const stage = finetuneStage(
    {
      modelDir,
      sources: [{ path, fraction: 1 }],
      heldOutPath: null,
      workDir: join(dir, precision),
      outDir: join(dir, `${precision}-model`),
      settings,
      gates,
    },
    signal,
  )
  for await (const event of stage) {
    if (event.kind === 'step') curve.push(event)
    if (event.kind === 'log') console.log(`${precision}: ${event.message}`)
  }
  return curve
}

function report(all: ReadonlyMap<Precision, readonly StepMetrics[]>): void {
  const shown = ['spinLoss', 'margin', 'nll', 'gradNorm'] as const
  const exact = all.get('f32')!
  console.log(`\n| step | ${shown.flatMap((name) => precisions.map((p) => `${name} ${p}`)).join(' | ')} |`)
  console.log(`|---|${'---|'.repeat(shown.length * precisions.length)}`)
  for (const [i, { step }] of exact.entries()) {
    if (step % Number(values.every) !== 0 && i !== exact.length - 1) continue
    const cells = shown.flatMap((name) => precisions.map((p) => all.get(p)![i]![name].toFixed(4)))
    console.log(`| ${[step, ...cells].join(' | ')} |`)
  }
  for (const precision of precisions.slice(1)) {
    const curve = all.get(precision)!
    const largest = shown.map((name) => {
      const apart = exact.map((metrics, i) => Math.abs(curve[i]![name] - metrics[name]))
      const at = apart.indexOf(Math.max(...apart))
      return `${name} ${apart[at]!.toExponential(1)} (step ${at})`
    })
    const last = curve.at(-1)!
    console.log(`\n${precision}: largest deviation from f32: ${largest.join(', ')}`)
    if (last.lossScale) console.log(`loss scale ${last.lossScale}, steps skipped ${last.skippedSteps}`)
  }
  for (const precision of precisions)
    console.log(
      `${precision}: ${(total(all.get(precision)!) / 1000).toFixed(0)} s of steps on this processor`,
    )
}

function total(curve: readonly StepMetrics[]): number {
  return curve.reduce((sum, { stepMs }) => sum + stepMs, 0)
}

async function end(events: AsyncGenerator<unknown>): Promise<void> {
  let next = await events.next()
  while (!next.done) next = await events.next()
}
