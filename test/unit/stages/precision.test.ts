import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { FinetuneResult, StepMetrics } from '../../../src/contract/engine.ts'
import { ForecastRequest } from '../../../src/contract/forecast.ts'
import {
  GateSettings,
  GenerationSettings,
  type Precision,
  TrainingSettings,
} from '../../../src/contract/settings.ts'
import { readPairRows } from '../../../src/engine/data/pair-rows.ts'
import { openModelFolder } from '../../../src/engine/model/model-folder.ts'
import { embeddingName } from '../../../src/engine/model/weight-names.ts'
import { checkPrecision } from '../../../src/engine/stages/check-precision.ts'
import { finetuneStage } from '../../../src/engine/stages/finetune-stage.ts'
import { forecastStage } from '../../../src/engine/stages/forecast-stage.ts'
import { gatherStage } from '../../../src/engine/stages/gather-stage.ts'
import { generateStage } from '../../../src/engine/stages/generate-stage.ts'
import { importStage } from '../../../src/engine/stages/import-stage.ts'
import { openModel } from '../../../src/engine/stages/model-context.ts'
import { loadTrainingModel } from '../../../src/engine/stages/training-model.ts'
import { opponentLogps } from '../../../src/engine/training/opponent-logps.ts'
import { train } from '../../../src/engine/training/trainer.ts'
import { trainingRows } from '../../../src/engine/training/training-rows.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import { folderOfTests } from '../../temp-folder.ts'

const home = folderOfTests('spin-precision')
const resources = join(import.meta.dirname, '../../../resources/starter')
const modelDir = join(resources, 'model')
const gates = GateSettings.parse({ maxCapped: 1, maxEqual: 1, maxEmpty: 1 })
const { signal } = new AbortController()
const [rows, steps, batchSize] = [64, 8, 16]
const dataPath = join(home, 'data', 'train.parquet')
const pairs = join(home, 'pairs', 'train_prefs-00000-of-00001.parquet')

const training = (precision: Precision): TrainingSettings =>
  TrainingSettings.parse({
    precision,
    beta: 0.3,
    nllWeight: 1.5,
    optimizer: { lr: 8e-4 },
    schedule: { kind: 'cosine', warmupSteps: 2, scheduleEpochs: 2, stopEpoch: 2 },
    batchSize,
    microBatch: 8,
    maxLength: 160,
    maxPromptLength: 96,
    guards: { enabled: false },
  })

/** The starter answers some of its own prompts. */
beforeAll(async () => {
  const source = join(home, 'rows.jsonl')
  const lines = readFileSync(join(resources, 'dataset', 'train.jsonl'), 'utf8').split('\n')
  writeFileSync(source, lines.slice(0, rows).join('\n'))
  await end(
    importStage(
      {
        sources: [source],
        outDir: join(home, 'data'),
        trainName: 'train.parquet',
        testName: 'test.parquet',
        mapping: null,
        testShare: 0,
        seed: 1,
        limit: 0,
        keepRejected: false,
      },
      signal,
    ),
  )
  await end(
    generateStage(
      {
        modelDir,
        dataPath,
        outDir: join(home, 'generated'),
        split: 'train',
        fracLen: 0,
        fractions: null,
        baseWeights: 'f32',
        settings: GenerationSettings.parse({ temperature: 1.8, maxNewTokens: 32, batchSize: 64 }),
      },
      signal,
    ),
  )
  await gatherStage(
    { inputDir: join(home, 'generated'), outDir: join(home, 'pairs'), numFracs: null, gates },
    signal,
  )
}, 60_000)

async function end(events: AsyncGenerator<unknown>): Promise<void> {
  let next = await events.next()
  while (!next.done) next = await events.next()
}

/** Opponent and policy in one type; the loss scale begins where no step of these overflows. */
async function curveIn(precision: Precision): Promise<StepMetrics[]> {
  const settings = training(precision)
  const { folder, renderer } = await openModel(modelDir, 'chat')
  const { eosIds } = folder
  const { model } = loadTrainingModel(folder, settings)
  const data = trainingRows(await readPairRows(pairs), renderer, settings, () => null)
  const scoring = opponentLogps({
    model,
    rows: data,
    eosIds,
    batchSize: 16,
    path: join(home, `${precision}.safetensors`),
    key: '',
    signal,
  })
  let next = await scoring.next()
  while (!next.done) next = await scoring.next()
  const curve: StepMetrics[] = []
  for await (const metrics of train({
    model,
    rows: data,
    opponent: next.value,
    settings,
    gates,
    eosIds,
    checkpointDir: join(home, `${precision}-checkpoints`),
    settingsHash: '',
    heldOutNll: null,
    signal,
    startLossScale: 4096,
  }))
    curve.push(metrics)
  await model.release()
  return curve
}

test('a SPIN run on the starter has in f16 and bf16 the curves that it has in f32', async () => {
  const exact = await curveIn('f32')
  expect(exact).toHaveLength(steps)
  // It does learn something in eight steps: there is a curve to be parallel to.
  expect(exact.at(-1)!.margin).toBeGreaterThan(0.1)
  // Rounding moves a token's log-prob by two unit roundoffs (see step-gates.ts), which means of sixteen answers hide; and gradients
  // by half a per cent (f16), eight times as much in bf16, so that the curves part by as much of what was learned. Measured: margins of 0.72 apart by 0.004 and by 0.041 at the end, losses
  // and NLL by a tenth of that.
  for (const [precision, limit] of [
    ['f16', 0.01],
    ['bf16', 0.08],
  ] as const) {
    const curve = await curveIn(precision)
    expect(curve).toHaveLength(steps)
    expect(curve.some(({ skippedSteps }) => (skippedSteps ?? 0) > 0)).toBe(false)
    for (const metric of ['spinLoss', 'margin', 'nll'] as const) {
      const apart = curve.map((step, i) => Math.abs(step[metric] - exact[i]![metric]))
      expect(Math.max(...apart)).toBeLessThan(limit)
      // Another curve, not the same one by another name.
      expect(Math.max(...apart)).toBeGreaterThan(0)
    }
  }
}, 240_000)

test.each(['f32', 'f16', 'bf16'] as const)(
  'fine-tuning in %s says so where it is no f32, and ends with a model',
  async (precision) => {
    const stage = finetuneStage(
      {
        modelDir,
        sources: [{ path: pairs, fraction: 1 }],
        heldOutPath: null,
        workDir: join(home, precision),
        outDir: join(home, `${precision}-model`),
        settings: { ...training(precision), maxSteps: 2 },
        gates,
      },
      signal,
    )
    const logs: string[] = []
    let result: FinetuneResult | null = null
    for await (const event of stage) {
      if (event.kind === 'log') logs.push(event.message)
      if (event.kind === 'done') result = event
    }
    const said = logs.filter((message) => /16-bit|compute in/.test(message))
    if (precision === 'f32') expect(said).toEqual([])
    else {
      expect(said[0]).toContain(`The layers compute in ${precision}`)
      expect(said[1]).toContain('On the processor 16-bit numbers are f32 numbers that are rounded')
    }
    expect(Math.abs(result!.step0Loss - Math.LN2)).toBeLessThan(1e-3)
    // Weights are float32 whatever the layers compute in, and written in the start model's own type.
    const [start, end] = [await openModelFolder(modelDir), await openModelFolder(result!.modelDir)]
    expect(end.weights.tensors.get(embeddingName)!.dtype).toBe(
      start.weights.tensors.get(embeddingName)!.dtype,
    )
  },
  60_000,
)

test('the forecast refuses what the backend does not compute in', async () => {
  const request = ForecastRequest.parse({
    modelDir,
    dataPath,
    generation: GenerationSettings.parse({ maxNewTokens: 16, batchSize: 8 }),
    training: { ...training('bf16'), batchSize: 4, microBatch: 2 },
  })
  vi.stubEnv('SPIN_STUDIO_BACKEND', 'webgpu')
  try {
    await expect(end(forecastStage(request, signal))).rejects.toMatchObject({ code: 'BACKEND_UNUSABLE' })
  } finally {
    vi.unstubAllEnvs()
  }
}, 60_000)

describe('a type that the backend does not compute in is refused before anything is trained', () => {
  test.each([
    ['f16', 'tensorflow', /TensorFlow.js computes in f32 alone, and f16 was chosen\. Choose f32/],
    ['bf16', 'tensorflow', /Choose f32, or another backend/],
    ['bf16', 'webgpu', /WebGPU has no bf16\. Choose f16 or f32\./],
  ] as const)('%s on %s', async (precision, backend, message) => {
    await expect(checkPrecision(precision, backend)).rejects.toMatchObject({
      code: 'BACKEND_UNUSABLE',
      message: expect.stringMatching(message),
    })
  })

  test('a card without bf16, by what its driver said', async () => {
    // ONNX Runtime's processor has no kernel for native bf16, as an older card has none: the error is its own.
    const withoutBf16 = (graph: Parameters<typeof Program.compile>[0]) =>
      graph.nodes.some(({ outputs }) => outputs.some(({ dtype }) => dtype === 'bf16'))
        ? Promise.reject(new Error("Could not find an implementation for Gemm(13) node with name 'Gemm_1'"))
        : Program.compile(graph, { threads: 1 })
    await expect(checkPrecision('bf16', 'cuda', withoutBf16)).rejects.toMatchObject({
      code: 'BACKEND_UNUSABLE',
      message: expect.stringMatching(
        /^This device does not compute in bf16 \(Could not find an implementation .*\)\. Choose f16 or f32/,
      ),
    })
    await expect(checkPrecision('f16', 'cuda', withoutBf16)).resolves.toBeUndefined()
  })

  test('on the processor all three are computed', async () => {
    for (const precision of ['f32', 'f16', 'bf16'] as const)
      await expect(checkPrecision(precision, 'onnxruntime')).resolves.toBeUndefined()
  })
})
