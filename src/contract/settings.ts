import { z } from 'zod'

/** How the opponent answers. Greedy is `temperature: 0`. Seeds are per row: hash(seed, row id, sample). */
export const GenerationSettings = z.object({
  temperature: z.number().min(0).max(10).default(1),
  topK: z.number().int().min(0).default(0), // 0 = off
  topP: z.number().gt(0).max(1).default(1),
  maxNewTokens: z.number().int().min(1).default(256),
  batchSize: z.number().int().min(1).max(1024).default(16),
  seed: z.number().int().default(42),
  /** `chat`: the model's own template. `official`: `### Instruction: …\n\n### Response: ` of uclaml/SPIN. */
  promptFormat: z.enum(['chat', 'official']).default('chat'),
})
export type GenerationSettings = z.infer<typeof GenerationSettings>

export const ScheduleSettings = z.object({
  kind: z.enum(['linear', 'cosine', 'constant']).default('linear'),
  /** Warm-up as a share of the schedule's steps; `warmupSteps` wins where it is given. */
  warmupRatio: z.number().min(0).max(1).default(0.1),
  warmupSteps: z.number().int().min(0).nullable().default(null),
  /** The lr at the end of the schedule, as a share of the peak. */
  finalRatio: z.number().min(0).max(1).default(0),
  /** Length of the decay, in epochs. The official checkpoints sit at 2 epochs of a 6-epoch decay. */
  scheduleEpochs: z.number().gt(0).default(1),
  /** Where training really ends, in epochs (≤ scheduleEpochs). */
  stopEpoch: z.number().gt(0).default(1),
})
export type ScheduleSettings = z.infer<typeof ScheduleSettings>

export const OptimizerSettings = z.object({
  kind: z.enum(['rmsprop', 'adamw']).default('adamw'),
  lr: z.number().gt(0),
  weightDecay: z.number().min(0).default(0),
  beta1: z.number().default(0.9), // adamw
  beta2: z.number().default(0.999), // adamw
  alpha: z.number().default(0.99), // rmsprop
  eps: z.number().default(1e-8),
  clipNorm: z.number().gt(0).nullable().default(1),
  /** Moments as float32, or 8 bits with a float32 scale per block: a quarter of the memory. */
  stateBits: z.union([z.literal(32), z.literal(8)]).default(32),
})
export type OptimizerSettings = z.infer<typeof OptimizerSettings>

export const GuardSettings = z.object({
  /** Mean Δ log-prob of the real answers against the opponent (nats an answer), averaged over the last 10 steps. */
  minRealShift: z.number().default(-0.5),
  /** Mean Δ log-prob of the real answers' EOS token against the opponent (nats). */
  minEosShift: z.number().default(-0.5),
  /** Held-out check every so many steps; 0 = never; the evaluation stage still measures the result. */
  heldOutEverySteps: z.number().int().min(0).default(0),
  /** Stop when the held-out NLL exceeds its best by this share. */
  heldOutTolerance: z.number().default(0.02),
  enabled: z.boolean().default(true),
})
export type GuardSettings = z.infer<typeof GuardSettings>

/**
 * Low-rank adaptation (Hu et al. 2021): y = W·x + (alpha / rank)·B·(A·dropout(x)) with W frozen. Names and meaning are
 * those of PEFT's LoraConfig.
 */
export const AdapterSettings = z.object({
  rank: z.number().int().min(1).max(1024).default(16),
  alpha: z.number().gt(0).default(32),
  /** Of the inputs of A, while training; step 0 drops nothing, because it must show that the model equals its opponent. */
  dropout: z.number().min(0).lt(1).default(0),
  /** Last parts of module names ("q_proj"); `all-linear` = every matrix of the layers. */
  targetModules: z.array(z.string()).min(1).default(['all-linear']),
  /** The frozen weights while training: as float32, or blockwise quantized in memory (QLoRA). */
  baseWeights: z.enum(['f32', 'int8', 'int4']).default('f32'),
  seed: z.number().int().default(42), // of the first A and of dropout
})
export type AdapterSettings = z.infer<typeof AdapterSettings>

/**
 * The type of the layers' products, attention and activations. Weights, gradients, optimizer state, the residual stream,
 * norms, softmax, logits and the loss are float32 in all three.
 */
export const precisions = ['f32', 'f16', 'bf16'] as const
export const Precision = z.enum(precisions)
export type Precision = z.infer<typeof Precision>

export const TrainingSettings = z.object({
  /**
   * `spin` trains on pairs of human and own answers; `dpo` on pairs of a preference set (the same maths, the start model
   * as reference); `sft` is plain cross-entropy on the real answers of the same rows.
   */
  objective: z.enum(['spin', 'dpo', 'sft']).default('spin'),
  /** `ipo`: (h − 1/(2β))² with log-probs averaged over an answer's tokens, as trl's `loss_type="ipo"`: see pair-loss.ts. */
  lossType: z.enum(['sigmoid', 'hinge', 'ipo']).default('sigmoid'),
  beta: z.number().gt(0).default(0.1),
  /** Weight of the token-mean NLL of the real answers (the anchor); 0 in the official preset. */
  nllWeight: z.number().min(0).default(0),
  /** `checked-wrong`: only answers that the row's checker calls wrong are negatives. Not plain SPIN. */
  negatives: z.enum(['all', 'checked-wrong']).default('all'),
  optimizer: OptimizerSettings,
  /** null = all weights are trained. */
  adapter: AdapterSettings.nullable().default(null),
  schedule: ScheduleSettings,
  /** Pairs (spin, dpo) or rows (sft) per optimizer step; micro-batches of `microBatch` are accumulated. */
  batchSize: z.number().int().min(1).default(64),
  microBatch: z.number().int().min(1).default(8),
  /**
   * Memory for activations of the forward pass that the backward pass then need not compute again, MiB: as many layers
   * as fit keep theirs. 0 = every layer recomputes. The numbers are the same to the last bit.
   */
  keepActivationsMiB: z.number().int().min(0).default(0),
  /** `f16`: with dynamic loss scaling (see training/loss-scale.ts). The opponent is scored in the same type. */
  precision: Precision.default('f32'),
  /** Ends training after so many optimizer steps, whatever the epochs say. */
  maxSteps: z.number().int().min(1).nullable().default(null),
  maxLength: z.number().int().min(8).default(1024),
  maxPromptLength: z.number().int().min(4).default(512),
  seed: z.number().int().default(42),
  /** A resumable checkpoint every so many steps. */
  checkpointEverySteps: z.number().int().min(1).default(50),
  guards: GuardSettings.prefault({}),
  promptFormat: z.enum(['chat', 'official']).default('chat'),
})
export type TrainingSettings = z.infer<typeof TrainingSettings>

/** The pair loss of a model that equals its opponent (h = 0): what step 0 must show. */
export function step0Loss({ lossType, beta }: Pick<TrainingSettings, 'lossType' | 'beta'>): number {
  if (lossType === 'ipo') return 1 / (4 * beta * beta)
  return lossType === 'sigmoid' ? Math.LN2 : 1
}

/** Limits that refuse broken pairs before training, as shares of the rows. */
export const GateSettings = z.object({
  maxEqual: z.number().min(0).max(1).default(0.5),
  maxCapped: z.number().min(0).max(1).default(0.3),
  maxEmpty: z.number().min(0).max(1).default(0.05),
  step0Tolerance: z.number().gt(0).default(1e-3),
})
export type GateSettings = z.infer<typeof GateSettings>

export const EvaluationSettings = z.object({
  /** Samples at temperature 1 per held-out prompt, beside the one greedy answer. 0 = greedy only. */
  samplesPerPrompt: z.number().int().min(0).default(4),
  temperature: z.number().gt(0).default(1),
  maxNewTokens: z.number().int().min(1).default(256),
  batchSize: z.number().int().min(1).default(16),
  seed: z.number().int().default(7),
  /** Held-out rows used; 0 = all. */
  limit: z.number().int().min(0).default(0),
})
export type EvaluationSettings = z.infer<typeof EvaluationSettings>
