import { z } from 'zod'
import { EvaluationSettings, GateSettings, GenerationSettings, TrainingSettings } from './settings.ts'

/** What one iteration does; `training.optimizer.lr` and `training.beta` are its own (the published table differs per iteration). */
export const IterationPlan = z.object({
  generation: GenerationSettings,
  training: TrainingSettings,
  /** Share of the pairs of each source: this iteration's, and the previous iteration's (0 = not mixed in). */
  currentFraction: z.number().gt(0).max(1).default(1),
  previousFraction: z.number().min(0).max(1).default(1),
})
export type IterationPlan = z.infer<typeof IterationPlan>

export const StopRule = z.object({
  /** The held-out score compared between iterations: `sampled` and `greedy` want a checker, `nll` always exists. */
  score: z.enum(['sampled', 'greedy', 'nll']).default('nll'),
  /** Iterations without improvement of at least `minDelta` before the loop stops. */
  patience: z.number().int().min(1).default(1),
  minDelta: z.number().default(0),
})
export type StopRule = z.infer<typeof StopRule>

export const LoopPlan = z.object({
  preset: z.enum(['official', 'workstation', 'quick', 'custom']).default('workstation'),
  iterations: z.array(IterationPlan).min(1).max(32),
  fracLen: z.number().int().min(0).default(800), // 0 = one fraction holds everything
  gates: GateSettings.prefault({}),
  evaluation: EvaluationSettings.prefault({}),
  stopRule: StopRule.prefault({}),
  /** After the loop, the base is trained on the human answers alone for as many steps: what SPIN has to beat. */
  compareSft: z.boolean().default(false),
  /** Peak learning rate of that; null = iteration 0's. */
  sftLr: z.number().gt(0).nullable().default(null),
})
export type LoopPlan = z.infer<typeof LoopPlan>

export const stageNames = ['reformat', 'generate', 'gather', 'finetune', 'evaluate'] as const
export const StageName = z.enum(stageNames)
export type StageName = (typeof stageNames)[number]
