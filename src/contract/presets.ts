import type { z } from 'zod'
import { LoopPlan } from './loop.ts'
import { AdapterSettings, type Precision } from './settings.ts'

/**
 * Plans as data. "official" is the published run of uclaml/SPIN (arXiv 2401.01335, repository at a12ba80);
 * "workstation" are defaults for small models and thousands, not tens of thousands, of rows.
 */

/** What differs between the published iterations: scripts/finetune_iter{0,1,2,3}.sh and the model cards. */
export const officialIterations = [
  { lr: 5e-7, beta: 0.1 }, // SPIN_iter0
  { lr: 5e-7, beta: 0.1 }, // iter0 + iter1
  { lr: 1e-7, beta: 0.1 }, // iter1 + iter2
  { lr: 1e-7, beta: 5.0 }, // iter2 + iter3; the YAML says 0.1, the script and the paper 5.0
] as const

export interface OfficialPlanOptions {
  iterations?: number // 1–4, default 4
  /**
   * `published` (default): opponents answer `### Instruction: …\n\n### Response: ` while training renders the chat
   * template. The two differ in the published run (issue #33 there), and reproducing it means keeping that.
   * `chat`: the model's own template for both, which makes the opponent's answers its own for any model but
   * zephyr-7b-sft-full.
   */
  prompts?: 'published' | 'chat'
  microBatch?: number
  seed?: number
  adapter?: AdapterSettings | null // null (default): all weights are trained
  precision?: Precision // default f32; the published run has bf16
}

export function officialPlan({
  iterations = 4,
  prompts = 'published',
  microBatch = 8,
  seed = 42,
  adapter = null,
  precision = 'f32',
}: OfficialPlanOptions = {}): LoopPlan {
  return LoopPlan.parse({
    preset: 'official',
    iterations: officialIterations.slice(0, iterations).map(({ lr, beta }) => ({
      generation: {
        temperature: 0, // the HF generator uses the checkpoint's generation_config, which is greedy; its vLLM script samples at 1 and is "different from what we used in the paper" (issue #36)
        maxNewTokens: 256, // spin/generate.py
        batchSize: 16, // spin/generate.py
        seed: 42, // `shuffle(seed=42)` in every generator
        promptFormat: prompts === 'published' ? 'official' : 'chat',
      },
      training: {
        objective: 'spin',
        lossType: 'sigmoid', // run_spin never passes loss_type, so only this one is reachable there
        beta,
        nllWeight: 0, // the paper's loss has no such term
        negatives: 'all',
        optimizer: { kind: 'rmsprop', lr, weightDecay: 0, alpha: 0.99, eps: 1e-8, clipNorm: 1 }, // configs/config.yaml; torch's and HF Trainer's defaults
        adapter,
        precision,
        schedule: {
          kind: 'linear',
          warmupRatio: 0.1,
          finalRatio: 0, // configs/config.yaml
          scheduleEpochs: 6, // scripts: --num_train_epochs=6
          stopEpoch: 2, // "set 6 epochs, and stop as needed": the published checkpoints are at 2 (issues #12, #36; model cards)
        },
        batchSize: 64, // 8 devices × 8
        microBatch, // 8 a device there
        maxLength: 1024, // configs/config.yaml
        maxPromptLength: 512, // configs/config.yaml
        seed, // configs/config.yaml: 42
        checkpointEverySteps: 50, // ours: the official trainer cannot resume
        guards: { enabled: false }, // none there: without an NLL term the real answers' log-prob does fall
        promptFormat: 'chat',
      },
      currentFraction: 1, // dataset_mixer: 1.0 each
      previousFraction: 1,
    })),
    fracLen: 800, // README
    gates: { maxCapped: 1 }, // 256 tokens cap many of its answers (quirk A6.2), and the published run kept them
    evaluation: { samplesPerPrompt: 0, maxNewTokens: 256, seed: 7 }, // ours: held-out NLL and greedy answers
    stopRule: { score: 'nll', patience: 32, minDelta: 0 }, // the published run has no stop rule: patience is never used up
  })
}

/** A default that depends on the size of the model: `value` at `parameters`, straight lines between (log–log for lr). */
interface SizePoint {
  parameters: number
  lr: number
  beta: number
  nllWeight: number
  temperature: number
  /**
   * An adapter's learning rate over that of all weights. From 0.1 B on the literature's: alignment-handbook's zephyr-7b has
   * 5e-6 (dpo-qlora) and 5e-7 (dpo-full); ten is LoRA's optimum over many sizes in Biderman et al. 2024, "LoRA Learns Less
   * and Forgets Less", and Schulman et al. 2025, "LoRA Without Regret". Measured at 0.57 M on the starter (300 rows, one
   * iteration, rank 16): held-out NLL .888 at three times, .891 at five, .909 at ten; .893 with all weights; base .897.
   */
  adapterRate: number
}

/**
 * First two rows: the small-model experiments (about 60 runs at 0.34 M parameters; nothing between is measured, the
 * same values are used up to 4 M). Last two: judgement from SPIN's and NeMo-Aligner's published ranges, not measured
 * here (full fine-tuning of 0.1–1 B: lr 5e-7–2e-6, β 0.1, NLL 0.2–1).
 */
export const sizePoints: readonly SizePoint[] = [
  { parameters: 3.4e5, lr: 3e-4, beta: 0.3, nllWeight: 1, temperature: 1.4, adapterRate: 3 },
  { parameters: 4e6, lr: 3e-4, beta: 0.3, nllWeight: 1, temperature: 1.4, adapterRate: 3 },
  { parameters: 1e8, lr: 2e-6, beta: 0.1, nllWeight: 0.5, temperature: 1, adapterRate: 10 },
  { parameters: 1e9, lr: 5e-7, beta: 0.1, nllWeight: 0.2, temperature: 1, adapterRate: 10 },
]

/** What is trained: all weights, a LoRA adapter, or one on matrices that are held in 8 or 4 bits (QLoRA). */
export const trainingMethods = ['full', 'lora', 'qlora8', 'qlora4'] as const
export type TrainingMethod = (typeof trainingMethods)[number]

/** The adapter of a method; null = all weights are trained. */
export function adapterFor(
  method: TrainingMethod,
  settings: Omit<z.input<typeof AdapterSettings>, 'baseWeights'> = {},
): AdapterSettings | null {
  if (method === 'full') return null
  const baseWeights = { lora: 'f32', qlora8: 'int8', qlora4: 'int4' } as const
  return AdapterSettings.parse({ ...settings, baseWeights: baseWeights[method] })
}

export interface WorkstationPlanOptions {
  parameters: number // of the model
  rows: number // of the train split
  iterations?: number // default 2: most of the gain came in the first
  /** Whether the rows name a checker: then the stop rule compares valid sampled answers, else held-out NLL. */
  checkable?: boolean
  maxNewTokens?: number // default 256
  maxLength?: number // default 1024; prompt and answer, tokens
  seed?: number
  adapter?: AdapterSettings | null // null (default): all weights are trained
  precision?: Precision // default f32
}

export function workstationPlan(options: WorkstationPlanOptions): LoopPlan {
  const {
    parameters,
    rows,
    iterations = 2,
    checkable = false,
    maxNewTokens = 256,
    maxLength = 1024,
    seed = 42,
    adapter = null,
    precision = 'f32',
  } = options
  const at = atSize(parameters)
  const tiny = parameters <= 2e7
  const batchSize = Math.max(8, Math.min(64, Math.floor(rows / 20))) // 64 pairs as measured; ≥ 20 updates an epoch on small data
  // "Each pair seen once or twice": a pair is trained on in its own iteration and once more, mixed into the next.
  const epochs = rows <= 6000 ? 2 : 1
  const steps = Math.ceil((rows * epochs) / batchSize)
  const generation = {
    temperature: at.temperature, // never below 1: a colder opponent pushes the model's own mode down (valid .61 → .34)
    maxNewTokens,
    batchSize: tiny ? 64 : 16, // memory only: answers do not depend on it
    seed,
    promptFormat: 'chat',
  }
  const training = {
    objective: 'spin',
    lossType: 'sigmoid',
    beta: at.beta,
    nllWeight: tiny && rows < 3000 ? 3 : at.nllWeight, // the anchor matters most; 3 where data is small
    guards: { heldOutEverySteps: 25 }, // held-out NLL rising while rewards rise is the signal to stop, and not reward accuracy; at most 256 rows each time
    negatives: 'all',
    optimizer: {
      kind: 'adamw',
      lr: adapter ? round(at.lr * at.adapterRate) : at.lr,
      weightDecay: 0,
      clipNorm: 1,
    },
    adapter,
    precision,
    schedule: {
      kind: 'cosine',
      finalRatio: 0.1, // to 10 %
      warmupSteps: Math.min(10, Math.ceil(steps / 5)), // 10 in the experiments; never more than a fifth of a short run
      scheduleEpochs: epochs,
      stopEpoch: epochs,
    },
    batchSize,
    microBatch: tiny ? 16 : parameters <= 5e8 ? 4 : 1, // memory only
    maxLength,
    maxPromptLength: Math.max(4, Math.floor(maxLength / 2)), // the official proportion
    seed,
    checkpointEverySteps: tiny ? 25 : 50, // a resume costs at most so many steps
    promptFormat: 'chat',
  }
  return LoopPlan.parse({
    preset: 'workstation',
    iterations: Array.from({ length: iterations }, () => ({
      generation,
      training,
      currentFraction: 1,
      previousFraction: 1,
    })),
    fracLen: 800,
    evaluation: { samplesPerPrompt: 4, temperature: 1, maxNewTokens, batchSize: tiny ? 64 : 16, seed: 7 },
    stopRule: { score: checkable ? 'sampled' : 'nll', patience: 1, minDelta: 0 },
  })
}

/** A quick look: whether the loop works on this model and data at all. Its scores say little, and it costs minutes. */
export const quickLook = {
  /** Train rows: as many as docs/training.md compares methods with, where one iteration moved held-out NLL by 0.004 to 0.009. */
  rows: 300,
  /** Most of the gain came in the first. */
  iterations: 1,
  /** Held-out prompts: 64 show a difference of ±12 points at best, enough to see a break and not to judge a gain. */
  heldOutRows: 64,
  /** One sample a prompt beside the greedy answer: the score exists, at the least cost. */
  samplesPerPrompt: 1,
  /** Five fractions, so that the first can be read while the others are made. */
  fracLen: 64,
} as const

/** The workstation plan on a small sample: one iteration, one pass, few prompts. */
export function quickLookPlan(options: Omit<WorkstationPlanOptions, 'iterations'>): LoopPlan {
  const plan = workstationPlan({
    ...options,
    rows: Math.min(options.rows, quickLook.rows),
    iterations: quickLook.iterations,
  })
  return LoopPlan.parse({
    ...plan,
    preset: 'quick',
    iterations: plan.iterations.map((iteration) => ({
      ...iteration,
      training: {
        ...iteration.training,
        // One pass: the second costs as much and shows nothing new about whether it works.
        schedule: { ...iteration.training.schedule, scheduleEpochs: 1, stopEpoch: 1 },
      },
    })),
    fracLen: quickLook.fracLen,
    evaluation: {
      ...plan.evaluation,
      samplesPerPrompt: quickLook.samplesPerPrompt,
      limit: quickLook.heldOutRows,
    },
  })
}

/**
 * The method that this much memory allows, by the bytes a weight in docs/training.md (16 with all weights trained, 4 with an
 * adapter, 1.06 and 0.56 with quantized bases). Half of the memory is left for activations, the system and the app.
 */
export function methodFor(parameters: number, memoryBytes: number): TrainingMethod {
  const room = memoryBytes / 2 / parameters
  if (room >= 16) return 'full'
  if (room >= 4) return 'lora'
  return room >= 1.06 ? 'qlora8' : 'qlora4'
}

export interface PlanLengths {
  maxNewTokens: number
  maxLength: number
}

/**
 * Limits that the data asks for: 95 % of the human answers fit into an answer, 95 % of the rows into training, both in
 * steps of 16 tokens and never beyond the model's context. `p95`: of the dataset's tokens.
 */
export function lengthsFor(
  p95: { prompt: number; answer: number; whole: number },
  context: number,
): PlanLengths {
  const step = (tokens: number): number => Math.max(16, Math.ceil(tokens / 16) * 16)
  const maxNewTokens = Math.min(step(p95.answer), Math.max(16, context - p95.prompt))
  // A generated answer of that length must fit too.
  const maxLength = Math.min(step(Math.max(p95.whole, p95.prompt + maxNewTokens)), context)
  return { maxNewTokens, maxLength }
}

/** Two digits: no false precision. */
const round = (value: number): number => Number(value.toPrecision(2))

function atSize(parameters: number): Omit<SizePoint, 'parameters'> {
  const above = sizePoints.findIndex((point) => point.parameters >= parameters)
  const high = sizePoints[above === -1 ? sizePoints.length - 1 : above]!
  const low = above === -1 ? high : sizePoints[Math.max(0, above - 1)]!
  const span = Math.log(high.parameters) - Math.log(low.parameters)
  const share =
    span === 0 ? 0 : (Math.log(Math.max(parameters, low.parameters)) - Math.log(low.parameters)) / span
  const line = (a: number, b: number): number => Number((a + (b - a) * share).toPrecision(2)) // no false precision
  return {
    lr: Number(Math.exp(Math.log(low.lr) + (Math.log(high.lr) - Math.log(low.lr)) * share).toPrecision(2)),
    beta: line(low.beta, high.beta),
    nllWeight: line(low.nllWeight, high.nllWeight),
    temperature: line(low.temperature, high.temperature),
    adapterRate: line(low.adapterRate, high.adapterRate),
  }
}
