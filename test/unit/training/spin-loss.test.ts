import { describe, expect, test } from 'vitest'
import { spinLoss, tokenMeanNll } from '../../../src/engine/training/spin-loss.ts'

const pair = (h: number) => ({
  policyReal: [-10 + h],
  policyGenerated: [-20],
  opponentReal: [-10],
  opponentGenerated: [-20],
  tokensReal: [4],
  tokensGenerated: [8],
})

describe('sigmoid', () => {
  test('policy = opponent gives ln 2 and a slope of ∓β/2', () => {
    const { loss, gradReal, gradGenerated, accuracy } = spinLoss(pair(0), { beta: 0.1, lossType: 'sigmoid' })
    expect(loss).toBe(Math.LN2)
    expect(gradReal[0]).toBeCloseTo(-0.05, 15)
    expect(gradGenerated[0]).toBeCloseTo(0.05, 15)
    expect(accuracy).toBe(0)
  })

  test('β·h = ln 3: loss = ln(4/3), slope −β/4', () => {
    const { loss, gradReal, margins } = spinLoss(pair(Math.log(3)), { beta: 1, lossType: 'sigmoid' })
    expect(margins[0]).toBeCloseTo(Math.log(3), 12)
    expect(loss).toBeCloseTo(Math.log(4 / 3), 12)
    expect(gradReal[0]).toBeCloseTo(-0.25, 12)
  })

  test('stays finite for margins of a thousand nats', () => {
    expect(spinLoss(pair(1000), { beta: 1, lossType: 'sigmoid' }).loss).toBe(0)
    const lost = spinLoss(pair(-1000), { beta: 1, lossType: 'sigmoid' })
    expect(lost.loss).toBe(1000)
    expect(lost.gradReal[0]).toBe(-1)
  })
})

describe('hinge', () => {
  test.each([
    [0, 1, -0.5],
    [1, 0.5, -0.5],
    [2, 0, 0], // the kink: gradient 0, as torch.relu
    [3, 0, 0],
    [-2, 2, -0.5],
  ])('h = %d at β = 0.5: loss %d, slope %d', (h, loss, slope) => {
    const result = spinLoss(pair(h), { beta: 0.5, lossType: 'hinge' })
    expect(result.loss).toBeCloseTo(loss, 12)
    expect(result.gradReal[0]).toBeCloseTo(slope, 12)
  })
})

describe('ipo', () => {
  test('policy = opponent gives 1/(4β²)', () => {
    expect(spinLoss(pair(0), { beta: 0.1, lossType: 'ipo' }).loss).toBeCloseTo(25, 12)
  })

  test('h is a difference of means over tokens: 8 nats on 4 tokens are 2 nats a token', () => {
    const { loss, gradReal, gradGenerated, margins } = spinLoss(pair(8), { beta: 0.5, lossType: 'ipo' })
    expect(loss).toBeCloseTo(1, 12) // (2 − 1)²
    expect(gradReal[0]).toBeCloseTo(0.5, 12) // 2·(2 − 1)/4
    expect(gradGenerated[0]).toBeCloseTo(-0.25, 12) // of 8 tokens
    expect(margins[0]).toBeCloseTo(4, 12) // rewards stay those of sums
  })

  test('an empty answer counts as one token', () => {
    const empty = { ...pair(0), tokensGenerated: [0] }
    expect(spinLoss(empty, { beta: 0.1, lossType: 'ipo' }).loss).toBeCloseTo(25, 12)
  })
})

describe.each(['sigmoid', 'hinge', 'ipo'] as const)('%s over a batch', (lossType) => {
  const logps = {
    policyReal: [-5, -7.5, -3, -12],
    policyGenerated: [-6, -4, -3, -2],
    opponentReal: [-5.5, -6, -3, -11],
    opponentGenerated: [-5, -5, -3, -9],
    tokensReal: [3, 5, 2, 4],
    tokensGenerated: [2, 5, 2, 1],
  }

  test('the slope is that of central differences', () => {
    const options = { beta: 0.3, lossType }
    const { gradReal, gradGenerated } = spinLoss(logps, options)
    const eps = 1e-5
    for (let i = 0; i < 4; i++) {
      for (const [key, grad] of [
        ['policyReal', gradReal],
        ['policyGenerated', gradGenerated],
      ] as const) {
        const at = (delta: number) =>
          spinLoss({ ...logps, [key]: logps[key].map((x, j) => (j === i ? x + delta : x)) }, options).loss
        expect(grad[i]).toBeCloseTo((at(eps) - at(-eps)) / (2 * eps), 9)
      }
    }
  })

  test('micro-batches with the divisor of the whole step add up to it', () => {
    const options = { beta: 0.3, lossType }
    const whole = spinLoss(logps, options)
    const half = (from: number) =>
      spinLoss(
        {
          policyReal: logps.policyReal.slice(from, from + 2),
          policyGenerated: logps.policyGenerated.slice(from, from + 2),
          opponentReal: logps.opponentReal.slice(from, from + 2),
          opponentGenerated: logps.opponentGenerated.slice(from, from + 2),
          tokensReal: logps.tokensReal.slice(from, from + 2),
          tokensGenerated: logps.tokensGenerated.slice(from, from + 2),
        },
        { ...options, divisor: 4 },
      )
    expect(half(0).loss + half(2).loss).toBeCloseTo(whole.loss, 14)
    expect([...half(0).gradReal, ...half(2).gradReal]).toEqual([...whole.gradReal])
  })

  test('accuracy counts margins above 0; an equal pair is not a win', () => {
    // h = 1.5, −2.5, 0, −8
    expect(spinLoss(logps, { beta: 0.3, lossType }).accuracy).toBe(0.25)
  })
})

test('the anchor is the mean over tokens, not over answers', () => {
  const { nll, grad } = tokenMeanNll([-6, -2], [3, 1])
  expect(nll).toBe(2)
  expect(grad).toBe(-0.25)
  expect(tokenMeanNll([-6], [3], 4)).toEqual({ nll: 1.5, grad: -0.25 })
})
