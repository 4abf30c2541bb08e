/**
 * Makes the starter: dataset, tokenizer, and a small Llama trained by this project's own SFT on rows of the same tasks,
 * stopped while it is clearly imperfect, so that there is something to gain. `npm run make-starter [-- --steps N --out DIR]`.
 * The base sees 32,000 rows drawn beside the shipped ones; no held-out prompt is among them.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { GateSettings, TrainingSettings } from '../src/contract/settings.ts'
import { parseModelConfig } from '../src/engine/model/families/index.ts'
import { LayeredModel } from '../src/engine/model/layered-model.ts'
import { modelWeights } from '../src/engine/model/weight-names.ts'
import { writeSafetensors } from '../src/engine/model/write-safetensors.ts'
import { loadChatTemplate } from '../src/engine/text/chat-template.ts'
import { createRenderer } from '../src/engine/text/renderer.ts'
import { loadTokenizer } from '../src/engine/text/tokenizer.ts'
import { settingsHash } from '../src/engine/training/settings-hash.ts'
import { train } from '../src/engine/training/trainer.ts'
import type { TrainingRow } from '../src/engine/training/training-rows.ts'
import { datasetDir, writeDataset } from './starter/make-dataset.ts'
import { modelDir, writeStarterModelFiles } from './starter/make-model-files.ts'
import { initialWeights, starterConfig } from './starter/starter-model.ts'
import { starterRows } from './starter/starter-rows.ts'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: modelDir },
    // Stopped in the middle of its schedule: the learning rate has not come down yet, so the base is clearly imperfect.
    steps: { type: 'string', default: '1600' },
    'schedule-steps': { type: 'string', default: '2400' },
    rows: { type: 'string', default: '40000' },
    lr: { type: 'string', default: '0.003' },
    threads: { type: 'string', default: '1' }, // two are no faster at this width
    // Keeps resumable checkpoints here instead of in a temporary folder.
    checkpoints: { type: 'string' },
  },
})
const rowSeed = 2
const out = values.out

writeDataset(datasetDir)
writeStarterModelFiles(out)
const tokenizer = await loadTokenizer(out)
const eosIds = [starterConfig.eos_token_id]
const renderer = createRenderer({
  tokenizer,
  template: await loadChatTemplate(out, tokenizer),
  format: 'chat',
  eosIds,
})
const rows: TrainingRow[] = starterRows(rowSeed, Number(values.rows)).map(({ messages }) => {
  const prompt = messages.slice(0, -1)
  return {
    promptIds: renderer.prompt(prompt),
    realIds: renderer.response(prompt, messages.at(-1)!.content, 'stop'),
    generatedIds: null,
  }
})

const config = parseModelConfig(starterConfig)
const initial = initialWeights(starterConfig, 1)
const parameters = new Map(modelWeights(config).map(({ name }) => [name, initial.get(name)!.data]))
const model = new LayeredModel(config, parameters, Number(values.threads))
const batchSize = 64
const epochs = (Number(values['schedule-steps']) * batchSize) / rows.length
const settings = TrainingSettings.parse({
  objective: 'sft',
  optimizer: { kind: 'adamw', lr: Number(values.lr), weightDecay: 0.01, beta2: 0.98 },
  schedule: {
    kind: 'cosine',
    warmupSteps: 50,
    finalRatio: 0.05,
    scheduleEpochs: Math.max(1, epochs),
    stopEpoch: Math.max(1, epochs),
  },
  batchSize,
  microBatch: 16,
  maxSteps: Number(values.steps),
  maxLength: 256,
  maxPromptLength: 192,
  seed: 1,
  checkpointEverySteps: 200,
})
const checkpointDir = values.checkpoints ?? (await mkdtemp(join(tmpdir(), 'make-starter-')))
const nothing = new Float32Array(rows.length)
const steps = train({
  model,
  rows,
  settings,
  eosIds,
  checkpointDir,
  gates: GateSettings.parse({}),
  settingsHash: settingsHash({ settings, rows: values.rows, rowSeed, config: starterConfig }),
  heldOutNll: null,
  opponent: { real: nothing, generated: nothing, realEos: nothing },
  signal: new AbortController().signal,
})
const startedAt = performance.now()
for await (const { step, totalSteps, loss, tokensPerSecond } of steps) {
  if (step % 50 === 0)
    console.log(
      `step ${step} of ${totalSteps}  loss ${loss.toFixed(4)}  ${Math.round(tokensPerSecond)} tokens/s  ${Math.round((performance.now() - startedAt) / 1000)} s`,
    )
}
await writeSafetensors(
  join(out, 'model.safetensors'),
  new Map(modelWeights(config).map(({ name, shape }) => [name, { shape, data: parameters.get(name)! }])),
  'F32',
  { format: 'pt' },
)
if (values.checkpoints === undefined) await rm(checkpointDir, { recursive: true })
console.log(`wrote ${out}`)
