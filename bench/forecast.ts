/**
 * What the forecast says beside what is then measured: time and peak memory of generation and fine-tuning, each stage in a
 * process of its own, as in the product.
 *
 *   npm run bench:forecast [-- --only starter,10m,10m-lora,10m-qlora,135m-lora,135m-qlora] [--rows 96] [--stages generate,finetune]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { ForecastRequest, ForecastResult } from '../src/contract/forecast.ts'
import { GateSettings, GenerationSettings, TrainingSettings } from '../src/contract/settings.ts'
import { peakBytes } from '../src/engine/forecast/peak-memory.ts'
import { finetuneStage } from '../src/engine/stages/finetune-stage.ts'
import { forecastStage } from '../src/engine/stages/forecast-stage.ts'
import { gatherStage } from '../src/engine/stages/gather-stage.ts'
import { generateStage } from '../src/engine/stages/generate-stage.ts'
import { importStage } from '../src/engine/stages/import-stage.ts'
import { hash32 } from '../src/engine/tensor/random.ts'
import { peerShapes, writePeerModel } from './peers/peer-model.ts'

const Measured = z.object({ seconds: z.number(), peakBytes: z.number() })
const Case = z.object({ dir: z.string(), request: ForecastRequest })
type Case = z.infer<typeof Case>

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'starter,10m,10m-lora,135m-lora' },
    rows: { type: 'string', default: '96' },
    stages: { type: 'string', default: 'generate,finetune' }, // fine-tuning needs the answers of generation
    part: { type: 'string' }, // set by the parent process
    case: { type: 'string' },
  },
})
const { signal } = new AbortController()

if (values.part === undefined) await compareAll()
else await runPart(values.part, Case.parse(JSON.parse(values.case!)))

async function compareAll(): Promise<void> {
  console.log('| case | stage | forecast | measured | ratio | forecast memory | measured | ratio |')
  console.log('|---|---|---|---|---|---|---|---|')
  for (const name of values.only.split(',')) {
    const dir = mkdtempSync(join(tmpdir(), 'spin-forecast-'))
    const one: Case = { dir, request: await prepare(name, dir) }
    const forecast = ForecastResult.parse(runIn('forecast', one))
    for (const stage of values.stages.split(',')) {
      const said = forecast.stages.find((of) => of.stage === stage)!
      const found = Measured.parse(runIn(stage, one))
      const row = [
        `${said.seconds.toFixed(1)} s`,
        `${found.seconds.toFixed(1)} s`,
        (said.seconds / found.seconds).toFixed(2),
        `${(said.peakBytes / 1e9).toFixed(2)} GB`,
        `${(found.peakBytes / 1e9).toFixed(2)} GB`,
        (said.peakBytes / found.peakBytes).toFixed(2),
      ]
      console.log(`| ${[name, stage, ...row].join(' | ')} |`)
    }
    rmSync(dir, { recursive: true })
  }
}

/** Runs one part in a process of its own and returns the JSON of its last line. */
function runIn(part: string, one: Case): unknown {
  const child = spawnSync(
    process.execPath,
    [import.meta.filename, '--part', part, '--case', JSON.stringify(one)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    },
  )
  if (child.status !== 0) throw new Error(`${part} ended with ${child.status ?? child.signal}`)
  return JSON.parse(child.stdout.trim().split('\n').at(-1)!)
}

async function prepare(name: string, dir: string): Promise<Case['request']> {
  const isStarter = name === 'starter'
  const resources = join(import.meta.dirname, '../resources/starter')
  const modelDir = isStarter ? join(resources, 'model') : join(dir, 'model')
  let sources = [join(resources, 'dataset')]
  if (!isStarter) {
    const words = await writePeerModel(modelDir, peerShapes[name.startsWith('135m') ? '135m' : '10m'])
    sources = [join(dir, 'source.jsonl')]
    writeFileSync(sources[0]!, chats(words, Number(values.rows)))
  }
  for await (const event of importStage(
    {
      sources,
      outDir: join(dir, 'data'),
      trainName: 'train.parquet',
      testName: 'test.parquet',
      mapping: null,
      testShare: 0,
      seed: 1,
      limit: isStarter ? 2000 : 0,
      keepRejected: false,
    },
    signal,
  ))
    void event
  return ForecastRequest.parse({
    modelDir,
    dataPath: join(dir, 'data', 'train.parquet'),
    generation: GenerationSettings.parse({
      maxNewTokens: isStarter ? 64 : 96,
      batchSize: isStarter ? 64 : 16,
    }),
    training: TrainingSettings.parse({
      optimizer: { lr: 1e-6 },
      schedule: {},
      batchSize: isStarter ? 64 : 16,
      microBatch: isStarter ? 16 : 4,
      adapter: name.endsWith('lora')
        ? { rank: 16, baseWeights: name.endsWith('qlora') ? 'int8' : 'f32' }
        : null,
      guards: { enabled: false },
    }),
  })
}

/** Questions and answers of mixed length, as chats. */
function chats(words: readonly string[], count: number): string {
  const text = (length: number, seed: number) =>
    Array.from({ length }, (_, i) => words[hash32(seed, i) % words.length]!).join('')
  const length = (seed: number) => 24 + (hash32(seed, 'length') % 73) // 24 … 96 tokens
  const lines = Array.from({ length: count }, (_, i) => {
    // A model with random weights never ends an answer: the human ones are as long as the cap.
    const [prompt, response] = [text(length(2 * i), 2 * i), text(95, 2 * i + 1)]
    return JSON.stringify({ prompt, response })
  })
  return `${lines.join('\n')}\n`
}

async function runPart(part: string, { dir, request }: Case): Promise<void> {
  const { modelDir, dataPath, generation, training } = ForecastRequest.parse(request)
  const startedAt = performance.now()
  let last: unknown
  if (part === 'forecast') {
    for await (const event of forecastStage(ForecastRequest.parse(request), signal)) last = event
  } else if (part === 'generate') {
    for await (const event of generateStage(
      {
        modelDir,
        dataPath,
        outDir: join(dir, 'generated'),
        split: 'train',
        fracLen: 0,
        fractions: null,
        baseWeights: training.adapter?.baseWeights ?? 'f32',
        settings: generation,
      },
      signal,
    ))
      last = event
  } else {
    const gates = GateSettings.parse({ maxCapped: 1, maxEqual: 1, maxEmpty: 1 })
    await gatherStage(
      { inputDir: join(dir, 'generated'), outDir: join(dir, 'pairs'), numFracs: null, gates },
      signal,
    )
    const path = join(dir, 'pairs', 'train_prefs-00000-of-00001.parquet')
    for await (const event of finetuneStage(
      {
        modelDir,
        sources: [{ path, fraction: 1 }],
        heldOutPath: null,
        workDir: join(dir, 'work'),
        outDir: join(dir, 'out'),
        settings: training,
        gates,
      },
      signal,
    ))
      last = event
  }
  const seconds = (performance.now() - startedAt) / 1000
  console.log(JSON.stringify(part === 'forecast' ? last : { seconds, peakBytes: peakBytes() }))
  process.exit(0)
}
