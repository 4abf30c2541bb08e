/**
 * A model at the upper end of what 24 GB hold: random weights in the shapes of Qwen2.5-1.5B (bf16 on disk, 3.1 GB)
 * answer prompts and take LoRA and QLoRA steps through the stages that the product runs, each in a process of its own,
 * whose peak resident memory is printed.
 *
 *   npm run bench:large [-- --out DIR] [--only generate,lora,qlora8,qlora4] [--steps 2] [--rows 16] [--keep]
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { FinetuneResult, GenerateResult, StepMetrics } from '../src/contract/engine.ts'
import { GateSettings, GenerationSettings, TrainingSettings } from '../src/contract/settings.ts'
import { peakBytes } from '../src/engine/forecast/peak-memory.ts'
import { llamaConfig } from '../src/engine/model/families/llama.ts'
import { writingSafetensors } from '../src/engine/model/write-safetensors.ts'
import { modelWeights } from '../src/engine/model/weight-names.ts'
import { finetuneStage } from '../src/engine/stages/finetune-stage.ts'
import { generateStage } from '../src/engine/stages/generate-stage.ts'
import { importStage } from '../src/engine/stages/import-stage.ts'
import { hash32 } from '../src/engine/tensor/random.ts'
import { sizeOf } from '../src/engine/tensor/shape-rules.ts'
import { wordTokenizer } from './peers/peer-model.ts'
import { randomArray } from './random-model.ts'

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
const rows = Number(values.rows)
const [promptWords, answerWords, newTokens] = [96, 96, 32]
const signal = new AbortController().signal

/** config.json of Qwen/Qwen2.5-1.5B-Instruct. */
const config = llamaConfig(
  { layers: 28, hidden: 1536, heads: 12, kvHeads: 2, headDim: 128, ffn: 8960, vocab: 151_936 },
  { biases: { qkv: true, o: false, mlp: false } },
)

if (values.part === undefined) {
  const words = await writeModel()
  await writePairs(words)
  for (const part of values.only.split(',')) {
    const child = spawnSync(
      process.execPath,
      [import.meta.filename, '--part', part, '--out', out, '--steps', values.steps],
      {
        stdio: 'inherit',
      },
    )
    if (child.status !== 0) console.log(`${part}: ended with ${child.status ?? child.signal}`)
  }
  if (!values.keep && values.out === undefined) rmSync(out, { recursive: true })
} else if (values.part === 'generate') await generate()
else await finetune(values.part)

async function writeModel(): Promise<string[]> {
  const tokenizer = wordTokenizer(config.vocab)
  if (existsSync(join(modelDir, 'model.safetensors'))) return tokenizer.words
  mkdirSync(modelDir, { recursive: true })
  const write = (name: string, value: unknown) => writeFileSync(join(modelDir, name), JSON.stringify(value))
  write('config.json', {
    architectures: ['Qwen2ForCausalLM'],
    model_type: 'qwen2',
    hidden_act: 'silu',
    num_hidden_layers: config.layers,
    hidden_size: config.hidden,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    intermediate_size: config.ffn,
    vocab_size: config.vocab,
    rms_norm_eps: 1e-6,
    rope_theta: 1_000_000,
    max_position_embeddings: 32_768,
    tie_word_embeddings: true,
    eos_token_id: config.vocab - 1,
    torch_dtype: 'bfloat16',
  })
  write('tokenizer.json', tokenizer.json)
  write('tokenizer_config.json', {
    eos_token: '<|end|>',
    pad_token: '<|end|>',
    chat_template:
      "{% for m in messages %}{{ m['content'] }}{% if m['role'] == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}",
  })
  const specs = new Map(modelWeights(config).map((spec, i) => [spec.name, { ...spec, seed: i }]))
  const writing = writingSafetensors(
    join(modelDir, 'model.safetensors'),
    {
      tensors: specs,
      read(name) {
        const { shape, seed } = specs.get(name)!
        return name.includes('norm')
          ? new Float32Array(sizeOf(shape)).fill(1)
          : randomArray(sizeOf(shape), seed)
      },
    },
    'BF16',
  )
  for (let step = await writing.next(); !step.done;) step = await writing.next()
  return tokenizer.words
}

async function writePairs(words: readonly string[]): Promise<void> {
  const text = (count: number, seed: number) =>
    Array.from({ length: count }, (_, i) => words[hash32(seed, i) % words.length]!).join('')
  const source = join(out, 'source.jsonl')
  const lines = Array.from({ length: rows }, (_, i) =>
    JSON.stringify({
      prompt: text(promptWords, 2 * i),
      chosen: text(answerWords, 2 * i + 1),
      rejected: text(answerWords, 90_000 + i),
    }),
  )
  writeFileSync(source, `${lines.join('\n')}\n`)
  const importing = importStage(
    {
      sources: [source],
      outDir: join(out, 'data'),
      trainName: 'train.parquet',
      testName: 'test.parquet',
      mapping: null,
      testShare: 0,
      seed: 1,
      limit: 0,
      keepRejected: true,
    },
    signal,
  )
  for await (const event of importing) void event
}

async function generate(): Promise<void> {
  const settings = GenerationSettings.parse({ maxNewTokens: newTokens, batchSize: 8, temperature: 1 })
  const startedAt = performance.now()
  let done: GenerateResult | undefined
  let rate: number | null = null
  for await (const event of generateStage(
    {
      modelDir,
      dataPath: join(out, 'data', 'train.parquet'),
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
      sources: [{ path: join(out, 'data', 'train.parquet'), fraction: 1 }],
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
