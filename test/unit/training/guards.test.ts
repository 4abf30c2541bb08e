import { describe, expect, test } from 'vitest'
import { GuardSettings } from '../../../src/contract/settings.ts'
import {
  GuardState,
  guardWindow,
  initialGuardState,
  observeHeldOut,
  observeStep,
} from '../../../src/engine/training/guards.ts'

const settings = GuardSettings.parse({})

function run(shifts: { realShift: number; eosShift: number | null }[], with_ = settings) {
  let state = initialGuardState()
  for (const [step, shift] of shifts.entries()) {
    const verdict = observeStep(with_, state, shift)
    state = verdict.state
    if (verdict.stop) return { step, stop: verdict.stop }
  }
  return null
}
const times = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value)

describe('live guards', () => {
  test('a steady fall of the human answers stops training once the window is full', () => {
    const stopped = run(times(30, { realShift: -0.6, eosShift: 0 }))
    expect(stopped?.step).toBe(guardWindow - 1)
    expect(stopped?.stop).toMatch(/−0\.600 nats an answer.*limit is −0\.5/)
  })

  test('one bad step among good ones does not', () => {
    const good = { realShift: 0.1, eosShift: 0 }
    expect(run([...times(9, good), { realShift: -5, eosShift: 0 }, ...times(9, good)])).toBeNull()
  })

  test('the mean moves: old good steps leave the window', () => {
    const shifts = [...times(20, { realShift: 1, eosShift: 0 }), ...times(20, { realShift: -1, eosShift: 0 })]
    // After k bad steps the mean of ten is (10 − 2k)/10; below −0.5 first at k = 8.
    expect(run(shifts)?.step).toBe(27)
  })

  test('a falling end token stops it too; steps without one are skipped', () => {
    expect(run(times(12, { realShift: 0, eosShift: -0.7 }))?.stop).toMatch(/end its answers.*−0\.700/)
    const mixed = times(18, 0).map((_, i) => ({ realShift: 0, eosShift: i % 2 === 0 ? -0.7 : null }))
    expect(run(mixed)).toBeNull() // nine values: the window is not full
  })

  test('exactly at the limit goes on', () => {
    expect(run(times(20, { realShift: -0.5, eosShift: -0.5 }))).toBeNull()
  })

  test('switched off, they only watch', () => {
    expect(run(times(30, { realShift: -9, eosShift: -9 }), { ...settings, enabled: false })).toBeNull()
  })

  test('the state survives JSON and goes on as if nothing happened', () => {
    let state = initialGuardState()
    for (let i = 0; i < 7; i++) state = observeStep(settings, state, { realShift: -0.6, eosShift: 0 }).state
    let revived = GuardState.parse(JSON.parse(JSON.stringify(state)))
    expect(revived).toEqual(state)
    const stops = times(3, 0).map(() => {
      const verdict = observeStep(settings, revived, { realShift: -0.6, eosShift: 0 })
      revived = verdict.state
      return verdict.stop !== null
    })
    expect(stops).toEqual([false, false, true])
  })
})

describe('held-out guard', () => {
  test('keeps the best, stops beyond the tolerance, names both steps', () => {
    let state = initialGuardState()
    const verdicts = [2.0, 1.8, 1.83, 1.84].map((nll, i) => {
      const verdict = observeHeldOut(settings, state, { step: i * 10, nll })
      state = verdict.state
      return verdict
    })
    expect(verdicts.map(({ best }) => best)).toEqual([true, true, false, false])
    expect(verdicts.slice(0, 3).every(({ stop }) => stop === null)).toBe(true) // 1.83 < 1.8 · 1.02 = 1.836
    expect(verdicts[3]!.stop).toMatch(/NLL 1\.8400 at step 30, best 1\.8000 at step 10, limit 1\.8360/)
    expect(state.bestHeldOut).toEqual({ step: 10, nll: 1.8 })
  })
})
