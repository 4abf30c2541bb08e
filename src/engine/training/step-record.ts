import { z } from 'zod'
import type { StepMetrics } from '../../contract/engine.ts'
import { step0Loss, type TrainingSettings } from '../../contract/settings.ts'
import type { SequenceScore } from '../scoring/sequence-logps.ts'
import type { MicroBatch, OpponentLogps } from './micro-batch.ts'
import { spinLoss } from './spin-loss.ts'

/** A loss that overflowed in halves is none of zod's numbers, and is what the step is to be skipped for. */
const Measured = z.custom<number>((value) => typeof value === 'number')
const Numbers = z.array(Measured)
/** What one of several engines has recorded of a step, for the others. */
export const StepShare = z.object({
  loss: Measured,
  tokens: z.number(),
  realTokens: z.number(),
  responseTokens: z.number(),
  entropy: Measured,
  logpReal: Numbers,
  realShifts: Numbers,
  eosShifts: Numbers,
  pairs: z.object({
    policyReal: Numbers,
    policyGenerated: Numbers,
    opponentReal: Numbers,
    opponentGenerated: Numbers,
    tokensReal: Numbers,
    tokensGenerated: Numbers,
  }),
})
export type StepShare = z.infer<typeof StepShare>

/** Collects what the micro-batches of one optimizer step show, and turns it into the step's metrics. */
export class StepRecord {
  private readonly settings: TrainingSettings
  private readonly opponent: OpponentLogps
  private loss = 0
  private tokens = 0
  private realTokens = 0
  private responseTokens = 0
  private entropy = 0
  private readonly logpReal: number[] = []
  private readonly realShifts: number[] = []
  private readonly eosShifts: number[] = []
  private readonly pairs = {
    policyReal: [] as number[],
    policyGenerated: [] as number[],
    opponentReal: [] as number[],
    opponentGenerated: [] as number[],
    tokensReal: [] as number[],
    tokensGenerated: [] as number[],
  }

  constructor(settings: TrainingSettings, opponent: OpponentLogps) {
    this.settings = settings
    this.opponent = opponent
  }

  get hasEos(): boolean {
    return this.eosShifts.length > 0
  }

  /** `entropy` [R] is that of the response rows; padding rows do not count. */
  add(
    { batch, rows, generatedSequence }: MicroBatch,
    { loss, entropy }: { loss: number; entropy: Float32Array },
    scores: readonly SequenceScore[],
  ): void {
    this.loss += loss
    for (let r = 0; r < batch.rows; r++) {
      if (batch.sequenceOf[r]! < 0) continue
      this.entropy += entropy[r]!
      this.responseTokens++
    }
    this.tokens += batch.tokens
    rows.forEach((row, i) => {
      const real = scores[i]!
      this.realTokens += batch.responseTokens[i]!
      this.logpReal.push(real.logp)
      this.realShifts.push(real.logp - this.opponent.real[row]!)
      const eosShift = real.eos - this.opponent.realEos[row]!
      if (!Number.isNaN(eosShift)) this.eosShifts.push(eosShift)
      if (generatedSequence[i]! < 0) return
      this.pairs.policyReal.push(real.logp)
      this.pairs.policyGenerated.push(scores[generatedSequence[i]!]!.logp)
      this.pairs.opponentReal.push(this.opponent.real[row]!)
      this.pairs.opponentGenerated.push(this.opponent.generated[row]!)
      this.pairs.tokensReal.push(batch.responseTokens[i]!)
      this.pairs.tokensGenerated.push(batch.responseTokens[generatedSequence[i]!]!)
    })
  }

  /** The loss again, in float64 from the log-probs: what the programs' own must be but for rounding. */
  get lossOfLogps(): number {
    const { beta, lossType, objective, nllWeight } = this.settings
    const spin = spinLoss(this.pairs, { beta, lossType, divisor: Math.max(1, this.logpReal.length) })
    return spin.loss + (objective === 'sft' ? 1 : nllWeight) * this.nll
  }

  private get nll(): number {
    return -sum(this.logpReal) / Math.max(1, this.realTokens)
  }

  share(): StepShare {
    const { loss, tokens, realTokens, responseTokens, entropy, logpReal, realShifts, eosShifts, pairs } = this
    return { loss, tokens, realTokens, responseTokens, entropy, logpReal, realShifts, eosShifts, pairs }
  }

  addShare(share: StepShare): void {
    this.loss += share.loss
    this.tokens += share.tokens
    this.realTokens += share.realTokens
    this.responseTokens += share.responseTokens
    this.entropy += share.entropy
    this.logpReal.push(...share.logpReal)
    this.realShifts.push(...share.realShifts)
    this.eosShifts.push(...share.eosShifts)
    for (const name of Object.keys(this.pairs) as (keyof StepShare['pairs'])[])
      this.pairs[name].push(...share.pairs[name])
  }

  finish(
    step: Pick<StepMetrics, 'step' | 'totalSteps' | 'epoch' | 'gradNorm' | 'lr'> & { startedAt: number },
  ): StepMetrics {
    const { startedAt, ...known } = step
    const { beta, lossType, objective } = this.settings
    const spin = spinLoss(this.pairs, { beta, lossType })
    const stepMs = performance.now() - startedAt
    const { policyGenerated, opponentGenerated, tokensGenerated } = this.pairs
    const moved = policyGenerated.length === 0 ? null : sum(opponentGenerated) - sum(policyGenerated)
    return {
      kind: 'step',
      ...known,
      loss: this.loss,
      // A step of NLL-only rows alone has no pair: its SPIN term stands where it began.
      spinLoss: objective === 'sft' ? 0 : spin.losses.length > 0 ? spin.loss : step0Loss(this.settings),
      nll: this.nll,
      rewardReal: mean(spin.rewardReal),
      rewardGenerated: mean(spin.rewardGenerated),
      margin: mean(spin.margins),
      accuracy: spin.accuracy,
      logpReal: mean(this.logpReal),
      logpGenerated: mean(policyGenerated),
      // Plain SFT has no opponent to differ from.
      realShift: objective === 'sft' ? 0 : mean(this.realShifts),
      eosShift: mean(this.eosShifts),
      entropy: this.responseTokens === 0 ? null : this.entropy / this.responseTokens,
      kl: moved === null ? null : moved / policyGenerated.length,
      klPerToken: moved === null ? null : moved / Math.max(1, sum(tokensGenerated)),
      tokensPerSecond: (this.tokens / stepMs) * 1000,
      stepMs,
    }
  }
}

const sum = (values: Iterable<number>): number => {
  let total = 0
  for (const value of values) total += value
  return total
}
const mean = (values: ArrayLike<number> & Iterable<number>): number =>
  values.length === 0 ? 0 : sum(values) / values.length
