import { afterAll, describe, expect, test } from 'vitest'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import { accumulateGradients } from '../../../src/engine/training/layered-gradients.ts'
import { buildMicroBatch } from '../../../src/engine/training/micro-batch.ts'
import { tinyLlama } from '../scoring/random-llama.ts'
import { eosIds, mixedRows, scoreOpponent, settings, startWeights } from './training-run.ts'

const opponent = await scoreOpponent(mixedRows)
const totals = { rows: 4, realTokens: 17 }

describe('a micro-batch', () => {
  const picked = [3, 4, 5] // the second has no negative
  const { batch, terms, generatedSequence } = buildMicroBatch(
    picked,
    mixedRows,
    opponent,
    totals,
    settings({ nllWeight: 0.5 }),
    eosIds,
  )

  test('holds the real answers first, then the generated answers of the rows that have one', () => {
    expect([...generatedSequence]).toEqual([3, -1, 4])
    expect([...batch.responseTokens]).toEqual([
      ...picked.map((row) => mixedRows[row]!.realIds.length),
      ...[3, 5].map((row) => mixedRows[row]!.generatedIds!.length),
    ])
  })

  test('pairs a row of +1 with one of −1; an NLL-only row has neither, and no weight', () => {
    const signs = (pair: number) =>
      [0, 1, 2, 3, 4].map(
        (sequence) =>
          new Set(
            [...batch.sequenceOf.keys()]
              .filter((r) => batch.sequenceOf[r] === sequence)
              .map((r) => terms.pairing[pair * batch.rows + r]),
          ),
      )
    expect(signs(0)).toEqual([new Set([1]), new Set([0]), new Set([0]), new Set([-1]), new Set([0])])
    expect(signs(1)).toEqual([0, 1, 2, 3, 4].map(() => new Set([0])))
    expect(signs(2)).toEqual([new Set([0]), new Set([0]), new Set([1]), new Set([0]), new Set([-1])])
    expect([...terms.pairWeight]).toEqual([0.25, 0, 0.25, 0]) // over the rows of the whole step; the fourth pair is padding
    expect(terms.opponentMargin[0]).toBeCloseTo(opponent.real[3]! - opponent.generated[3]!, 5)
    expect(terms.opponentMargin[1]).toBe(0)
  })

  test('anchors the real tokens alone, by the tokens of the whole step', () => {
    const weight = Math.fround(0.5 / 17)
    for (const [r, sequence] of batch.sequenceOf.entries())
      expect(terms.tokenWeight[r]).toBe(sequence >= 0 && sequence < 3 ? weight : 0)
  })

  test('of SFT has no pairs, whatever the rows hold', () => {
    const sft = buildMicroBatch(
      picked,
      mixedRows,
      opponent,
      totals,
      settings({ objective: 'sft', nllWeight: 0 }),
      eosIds,
    )
    expect([...sft.generatedSequence]).toEqual([-1, -1, -1])
    expect(sft.terms.pairWeight.every((weight) => weight === 0)).toBe(true)
    expect(new Set(sft.terms.tokenWeight)).toEqual(new Set([Math.fround(1 / 17), 0]))
  })

  test('computes the prompt of a pair once', () => {
    const real = picked.flatMap((row) => {
      const { promptIds, realIds, generatedIds } = mixedRows[row]!
      return [promptIds.length - 1, realIds.length, generatedIds?.length ?? 0]
    })
    const used = [...batch.slotOfRow].filter((slot) => slot < batch.rowOfSlot.length)
    expect(used).toHaveLength(real.reduce((sum, n) => sum + n, 0))
    expect(batch.blocks).toMatchObject([{ prompts: 3, answers: 2 }])
  })
})

describe('the gradient of NLL-only rows', () => {
  const model = new LayeredModel(tinyLlama, startWeights(), 1)
  afterAll(() => model.release())
  const gradientOf = async (overrides: Parameters<typeof settings>[0], rows = [4, 9]) => {
    const micro = buildMicroBatch(rows, mixedRows, opponent, totals, settings(overrides), eosIds)
    const into = new Map([...model.parameters].map(([name, { length }]) => [name, new Float32Array(length)]))
    await accumulateGradients(model, micro.batch, micro.terms, into)
    return into
  }

  test('has no part of the SPIN term: without the anchor it is exactly zero', async () => {
    for (const gradient of (await gradientOf({ nllWeight: 0 })).values())
      expect(gradient.every((g) => g === 0)).toBe(true)
    const withPair = await gradientOf({ nllWeight: 0 }, [3, 4])
    expect(Math.hypot(...withPair.get('model.norm.weight')!)).toBeGreaterThan(1e-3)
  })

  test('is that of plain SFT, times the anchor’s weight', async () => {
    const anchor = await gradientOf({ nllWeight: 0.5 })
    for (const [name, gradient] of await gradientOf({ objective: 'sft' })) {
      const error = Math.hypot(...gradient.map((g, i) => 0.5 * g - anchor.get(name)![i]!))
      expect(error).toBeLessThan(1e-6 * Math.hypot(...gradient)) // one factor rounds differently
    }
  })
})
