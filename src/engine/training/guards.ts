import { z } from 'zod'
import type { GuardSettings } from '../../contract/settings.ts'
import { engineLogWords } from '../../strings/engine-log.ts'

/** Steps that a moving mean spans; a guard speaks only once it has so many. */
export const guardWindow = 10

/** Everything the guards remember; it travels in the checkpoint's state.json. */
export const GuardState = z.object({
  realShifts: z.array(z.number()),
  eosShifts: z.array(z.number()),
  bestHeldOut: z.object({ step: z.number().int(), nll: z.number() }).nullable(),
})
export type GuardState = z.infer<typeof GuardState>

export interface GuardVerdict {
  state: GuardState
  /** Why training should end, in words with the numbers; null = go on. */
  stop: string | null
}

export const initialGuardState = (): GuardState => ({ realShifts: [], eosShifts: [], bestHeldOut: null })

/**
 * Judges one training step. `realShift`: mean Δ log-prob (policy − opponent) of the real answers, nats an answer;
 * `eosShift`: the same of their EOS token alone, null where no answer of the step has one. Pure.
 */
export function observeStep(
  settings: GuardSettings,
  state: GuardState,
  { realShift, eosShift }: { realShift: number; eosShift: number | null },
): GuardVerdict {
  const realShifts = [...state.realShifts, realShift].slice(-guardWindow)
  const eosShifts = (eosShift === null ? state.eosShifts : [...state.eosShifts, eosShift]).slice(-guardWindow)
  const next = { ...state, realShifts, eosShifts }
  if (!settings.enabled) return { state: next, stop: null }
  const real = windowMean(realShifts)
  const eos = windowMean(eosShifts)
  let stop: string | null = null
  if (real !== null && real < settings.minRealShift) {
    stop = engineLogWords.guards.real(real, guardWindow, settings.minRealShift)
  } else if (eos !== null && eos < settings.minEosShift) {
    stop = engineLogWords.guards.eos(eos, guardWindow, settings.minEosShift)
  }
  return { state: next, stop }
}

/** Judges a held-out check (token-mean NLL); the start model counts as step 0. `best` is true for a new best. Pure. */
export function observeHeldOut(
  settings: GuardSettings,
  state: GuardState,
  { step, nll }: { step: number; nll: number },
): GuardVerdict & { best: boolean } {
  const best = state.bestHeldOut
  if (best === null || nll < best.nll)
    return { state: { ...state, bestHeldOut: { step, nll } }, stop: null, best: true }
  const limit = best.nll * (1 + settings.heldOutTolerance)
  const stop =
    settings.enabled && nll > limit ? engineLogWords.guards.heldOut({ step, nll }, best, limit) : null
  return { state, stop, best: false }
}

function windowMean(values: readonly number[]): number | null {
  return values.length < guardWindow ? null : values.reduce((sum, x) => sum + x, 0) / values.length
}
