import { beforeAll, describe, expect, test } from 'vitest'
import type { PairRow } from '../../../src/contract/chat.ts'
import { TrainingSettings } from '../../../src/contract/settings.ts'
import { loadChatTemplate } from '../../../src/engine/text/chat-template.ts'
import { createRenderer, type Renderer } from '../../../src/engine/text/renderer.ts'
import { loadTokenizer } from '../../../src/engine/text/tokenizer.ts'
import { assertRejectedAnswers, trainingRows } from '../../../src/engine/training/training-rows.ts'
import { goldenPath, readGolden } from '../../golden/read-golden.ts'

const { pairs } = readGolden('tied')
const rows: PairRow[] = pairs.map(({ prompt, real, generated, finishReason }, i) => ({
  id: String(i),
  prompt: [{ role: 'user', content: prompt }],
  real,
  generated,
  finishReason,
  check: i % 2 === 0 ? 'x' : null,
}))
const settings = (overrides: object = {}) =>
  TrainingSettings.parse({ optimizer: { lr: 1 }, schedule: {}, ...overrides })
const negatives = (found: ReturnType<typeof trainingRows>) =>
  found.map(({ generatedIds }) => generatedIds !== null)
let renderer: Renderer
beforeAll(async () => {
  const dir = goldenPath('tied', 'model')
  const tokenizer = await loadTokenizer(dir)
  renderer = createRenderer({
    tokenizer,
    template: await loadChatTemplate(dir, tokenizer),
    format: 'chat',
    eosIds: [2],
  })
})

describe('training rows', () => {
  test('are the token ids of transformers’ own rendering; a capped answer has no EOS', () => {
    expect(trainingRows(rows, renderer, settings(), () => null)).toEqual(
      pairs.map(({ promptIds, realIds, generatedIds }) => ({ promptIds, realIds, generatedIds })),
    )
  })

  test('a generated answer equal to the real one is no negative, spaces aside', () => {
    const equal = rows.map((row, i) => (i === 1 ? { ...row, generated: ` ${row.real}\n` } : row))
    expect(negatives(trainingRows(equal, renderer, settings(), () => true))).toEqual(
      rows.map((_, i) => i !== 1),
    )
  })

  test('checked-wrong: an answer that its checker calls right is none either; without a checker it stays', () => {
    const verdict = ({ check, id }: PairRow) => (check === null ? null : id === '4')
    expect(
      negatives(trainingRows(rows, renderer, settings({ negatives: 'checked-wrong' }), verdict)),
    ).toEqual(rows.map((_, i) => i !== 4))
  })

  test('DPO: the rejected answers are the negatives, those equal to the chosen ones aside', () => {
    const dpo = settings({ objective: 'dpo' })
    const equal = rows.map((row, i) => (i === 1 ? { ...row, generated: row.real } : row))
    const found = trainingRows(equal, renderer, dpo, () => null)
    expect(negatives(found)).toEqual(rows.map((_, i) => i !== 1))
    expect(found[0]).toEqual(trainingRows(rows, renderer, settings(), () => null)[0])
  })

  test('DPO refuses pairs without a single rejected answer, and says how to import them', () => {
    const silent = rows.map((row) => ({ ...row, generated: ' ' }))
    expect(() => assertRejectedAnswers(silent)).toThrow(/all 8 .*--keep_rejected=true/)
    expect(() => assertRejectedAnswers([...silent, rows[0]!])).not.toThrow()
  })

  test('SFT has no negatives', () => {
    expect(negatives(trainingRows(rows, renderer, settings({ objective: 'sft' }), () => null))).toEqual(
      rows.map(() => false),
    )
  })

  test('are cut as the official trainer cuts them', () => {
    const [long] = trainingRows(
      [rows[6]!],
      renderer,
      settings({ maxLength: 20, maxPromptLength: 12 }),
      () => null,
    )
    const { promptIds, realIds, generatedIds } = pairs[6]!
    expect(long).toEqual({
      promptIds: promptIds.slice(-12),
      realIds: realIds.slice(0, 8),
      generatedIds: generatedIds.slice(0, 8),
    })
  })
})
