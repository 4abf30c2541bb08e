import { describe, expect, test } from 'vitest'
import { groupIds, promptGroup } from '../../../src/engine/generation/prompt-groups.ts'
import { slotLimit } from '../../../src/engine/generation/slot-limit.ts'
import { llamaConfig } from '../../../src/engine/model/families/llama.ts'

const prompts = (...lengths: number[]) =>
  lengths.map((length, i) => ({ ids: Array.from({ length }, (_, at) => 100 * i + at), seed: i }))

describe('prompts that are read together', () => {
  test('are at most as many as there are free slots, and within the tokens of one refill', () => {
    const asked = prompts(3, 4, 5, 6, 10, 11, 40)
    expect(promptGroup(asked, 0, 3, 24)).toEqual({ start: 0, size: 3, width: 5 })
    expect(promptGroup(asked, 3, 3, 24)).toEqual({ start: 3, size: 2, width: 10 })
    expect(promptGroup(asked, 5, 3, 24)).toEqual({ start: 5, size: 1, width: 11 })
    expect(promptGroup(asked, 6, 3, 24)).toEqual({ start: 6, size: 1, width: 40 }) // one is never too many
  })

  test('have at least two tokens each, so that no product has a single row', () => {
    expect(promptGroup(prompts(1, 1, 1), 0, 2, 24)).toEqual({ start: 0, size: 2, width: 2 })
    expect(promptGroup(prompts(1, 1, 1), 2, 2, 24)).toEqual({ start: 2, size: 1, width: 2 })
  })

  test('lie one behind the other, each padded to the width of its group', () => {
    const asked = prompts(1, 3, 3)
    expect([...groupIds(asked, promptGroup(asked, 0, 2, 24))]).toEqual([0, 0, 0, 100, 101, 102])
    expect([...groupIds(asked, promptGroup(asked, 2, 2, 24))]).toEqual([200, 201, 202])
  })
})

test('there are as many slots as memory has room for beside the packed weights', () => {
  // 1.7 billion weights (SmolLM2-1.7B) with a key and a value of 32 heads × 64 per layer and position: 393,216 bytes.
  const config = llamaConfig({
    layers: 24,
    hidden: 2048,
    heads: 32,
    kvHeads: 32,
    headDim: 64,
    ffn: 8192,
    vocab: 49152,
  })
  expect(slotLimit(config, 512, 16 * 2 ** 30)).toBe(19)
  expect(slotLimit(config, 512, 64 * 2 ** 30)).toBe(147)
  expect(slotLimit(config, 512, 2 ** 30)).toBe(1)
})
