import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import { type OpponentRequest, opponentLogps } from '../../../src/engine/training/opponent-logps.ts'
import type { TrainingRow } from '../../../src/engine/training/training-rows.ts'
import { tinyLlama } from '../scoring/random-llama.ts'
import { eosIds, mixedRows, scoreOpponent, startWeights } from './training-run.ts'

const dir = mkdtempSync(join(tmpdir(), 'spin-opponent-'))
const model = new LayeredModel(tinyLlama, startWeights(), 1)
afterAll(async () => {
  await model.release()
  rmSync(dir, { recursive: true })
})

// The first real answer was cut and has lost its EOS.
const rows: readonly TrainingRow[] = mixedRows.map((row, i) => (i === 0 ? { ...row, realIds: [7, 8] } : row))
const request = (overrides: Partial<OpponentRequest> = {}): OpponentRequest => ({
  model,
  rows,
  eosIds,
  batchSize: 8,
  path: join(dir, 'opponent.safetensors'),
  key: 'a',
  signal: new AbortController().signal,
  ...overrides,
})
async function ask(asked: OpponentRequest) {
  const scoring = opponentLogps(asked)
  const done: number[] = []
  let next = await scoring.next()
  for (; !next.done; next = await scoring.next()) done.push(next.value.done)
  return { done, logps: next.value }
}

test('every row is scored once, with progress, and read from the file ever after', async () => {
  const first = await ask(request())
  expect(first.done.at(-1)).toBe(14 + 12) // 14 real answers, 12 generated ones
  const expected = await scoreOpponent(rows)
  for (const column of ['real', 'generated', 'realEos'] as const) {
    first.logps[column].forEach((value, i) => {
      if (Number.isNaN(expected[column][i])) expect(value).toBeNaN()
      else expect(Math.abs(value - expected[column][i]!)).toBeLessThan(1e-5)
    })
  }
  expect([...first.logps.realEos].map(Number.isNaN)).toEqual(rows.map((_, i) => i === 0))
  expect(
    rows.map(({ generatedIds }, i) => generatedIds === null || first.logps.generated[i]! < 0),
  ).not.toContain(false)
  const again = await ask(request())
  expect(again).toEqual({ done: [], logps: first.logps }) // the lost EOS included
})

test('a file of another key is made again', async () => {
  await ask(request())
  const { ino } = statSync(request().path)
  expect((await ask(request({ key: 'b' }))).done.length).toBeGreaterThan(0)
  expect(statSync(request().path).ino).not.toBe(ino)
})

test('cancelled, it leaves no file', async () => {
  const path = join(dir, 'cancelled.safetensors')
  await expect(ask(request({ path, signal: AbortSignal.abort() }))).rejects.toMatchObject({
    code: 'CANCELLED',
  })
  expect(() => statSync(path)).toThrow(/ENOENT/)
})

test('log-probs that are not finite are refused before anything is written', async () => {
  const weights = startWeights()
  weights.get('model.norm.weight')![3] = Number.NaN
  const broken = new LayeredModel(tinyLlama, weights, 1)
  const path = join(dir, 'broken.safetensors')
  await expect(ask(request({ model: broken, path }))).rejects.toMatchObject({ code: 'NOT_FINITE' })
  expect(existsSync(path)).toBe(false)
  await broken.release()
})
