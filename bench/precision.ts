/**
 * The training curves of f16 and bf16 beside those of f32 on the starter: the same pairs in the same order, all that differs
 * is `precision`. On the processor halves are rounded float32 numbers (engine/onnx/half-stand-ins.ts), so the curves are those of
 * a card that multiplies halves and adds in float32, and the times are no card's.
 *
 *   npm run bench:precision [-- --steps 40] [--rows 1000] [--every 5]
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
  TrainingSettings,
} from '../src/contract/settings.ts'
import { readPairRows } from '../src/engine/data/pair-rows.ts'
import { gatherStage } from '../src/engine/stages/gather-stage.ts'
import { generateStage } from '../src/engine/stages/generate-stage.ts'
import { importStage } from '../src/engine/stages/import-stage.ts'
import { openModel } from '../src/engine/stages/model-context.ts'
import { loadTrainingModel } from '../src/engine/stages/training-model.ts'
import { opponentLogps } from '../src/engine/training/opponent-logps.ts'
import { train } from '../src/engine/training/trainer.ts'
import { trainingRows } from '../src/engine/training/training-rows.ts'
import { demoNumbers } from '../src/main/demo/demo-plan.ts'

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '40' },
    rows: { type: 'string', default: '1000' },
    every: { type: 'string', default: '5' },
    only: { type: 'string' }, // names of curves, f32 among them
  },
})
const { signal } = new AbortController()
const resources = join(import.meta.dirname, '../resources/starter')
const modelDir = join(resources, 'model')
const gates = GateSettings.parse({ maxCapped: 1, maxEqual: 1, maxEmpty: 1 })
const dir = mkdtempSync(join(tmpdir(), 'spin-precision-'))
process.on('exit', () => rmSync(dir, { recursive: true }))

/**
 * A curve: its type, and where its loss scale begins. Gradients added up in eights instead of sixteens differ in their last bits
 * alone: what the curve makes of that is what it makes of any rounding.
 */
const runs: Record<string, { precision: Precision; startLossScale?: number; microBatch?: number }> = {
  f32: { precision: 'f32' },
  'f32 in eights': { precision: 'f32', microBatch: 8 },
  f16: { precision: 'f16' },
  'f16 from 4,096': { precision: 'f16', startLossScale: 4096 },
  bf16: { precision: 'bf16' },
}

const path = await makePairs()
const curves = new Map<string, StepMetrics[]>()
for (const name of values.only?.split(',') ?? Object.keys(runs)) curves.set(name, await trainIn(name))
report(curves)

async function makePairs(): Promise<string> {
  await resultOf(
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
  await resultOf(
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

async function trainIn(name: string): Promise<StepMetrics[]> {
  const { precision, startLossScale, microBatch = demoNumbers.microBatch } = runs[name]!
  const { batchSize, beta, nllWeight, learningRates, warmupSteps } = demoNumbers
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
  const { folder, renderer } = await openModel(modelDir, 'chat')
  const { eosIds } = folder
  const { model } = loadTrainingModel(folder, settings)
  const rows = trainingRows(await readPairRows(path), renderer, settings, () => null)
  const workDir = mkdtempSync(join(dir, 'work-'))
  const scoring = opponentLogps({
    model,
    rows,
    eosIds,
    batchSize: 2 * microBatch,
    path: join(workDir, 'opponent.safetensors'),
    key: '',
    signal,
  })
  const training = train({
    model,
    rows,
    opponent: await resultOf(scoring),
    settings,
    gates,
    eosIds,
    checkpointDir: join(workDir, 'checkpoints'),
    settingsHash: '',
    heldOutNll: null,
    signal,
    ...(startLossScale && { startLossScale }),
    onWarning: (message) => console.log(`${name}: ${message}`),
  })
  const before = process.cpuUsage()
  const curve: StepMetrics[] = []
  for await (const metrics of training) curve.push(metrics)
  const { user, system } = process.cpuUsage(before)
  console.log(`${name}: ${((user + system) / 1e6).toFixed(0)} s of CPU time`)
  await model.release()
  return curve
}

function report(all: ReadonlyMap<string, readonly StepMetrics[]>): void {
  const shown = ['spinLoss', 'margin', 'nll'] as const
  const names = [...all.keys()]
  const exact = all.get('f32')!
  console.log(
    `\n| step | ${shown.flatMap((metric) => names.map((name) => `${metric} ${name}`)).join(' | ')} |`,
  )
  console.log(`|---|${'---|'.repeat(shown.length * names.length)}`)
  for (const [i, { step }] of exact.entries()) {
    if (step % Number(values.every) !== 0 && i !== exact.length - 1) continue
    const cells = shown.flatMap((metric) => names.map((name) => all.get(name)![i]![metric].toFixed(4)))
    console.log(`| ${[step, ...cells].join(' | ')} |`)
  }
  for (const name of names.slice(1)) {
    const curve = all.get(name)!
    const skips = curve.findIndex(({ skippedSteps }) => (skippedSteps ?? 0) > 0)
    // Up to the first skipped step the curves have had the same updates.
    for (const end of new Set([skips < 0 ? curve.length : skips + 1, curve.length])) {
      const largest = shown.map((metric) => {
        const apart = exact.slice(0, end).map((metrics, i) => Math.abs(curve[i]![metric] - metrics[metric]))
        const at = apart.indexOf(Math.max(...apart))
        return `${metric} ${apart[at]!.toExponential(1)} (step ${at})`
      })
      console.log(`\n${name}: largest deviation from f32 in steps 0 to ${end - 1}: ${largest.join(', ')}`)
    }
    const { lossScale, skippedSteps } = curve.at(-1)!
    if (lossScale) console.log(`loss scale ${lossScale} at the end, ${skippedSteps} steps skipped`)
  }
}

async function resultOf<T>(events: AsyncGenerator<unknown, T>): Promise<T> {
  let next = await events.next()
  while (!next.done) next = await events.next()
  return next.value
}
