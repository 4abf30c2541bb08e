import { describe, expect, it } from 'vitest'
import { greedyByRow, sampledByRow, scoreAnswers } from '../../../src/engine/evaluation/scores.ts'

const answers = [
  { check: 'sorted:2:1:9', greedyValid: true, sampledValid: [true, false, false, false] },
  { check: 'sorted:2:1:8', greedyValid: false, sampledValid: [true, true, true, true] },
  { check: 'anagram:ab', greedyValid: true, sampledValid: [false, false, true, true] },
  { check: null, greedyValid: false, sampledValid: [false, false, false, false] },
]

describe('scoreAnswers', () => {
  it('gives shares over all rows and by kind, rows without a check in the total only', () => {
    expect(scoreAnswers(answers)).toEqual({
      rows: 4,
      greedy: 0.5,
      sampled: 1.75 / 4,
      byKind: {
        anagram: { rows: 1, greedy: 1, sampled: 0.5 },
        sorted: { rows: 2, greedy: 0.5, sampled: 0.625 },
      },
    })
  })

  it('says null, not zero, where nothing was sampled', () => {
    const greedyOnly = answers.map((answer) => ({ ...answer, sampledValid: [] }))
    expect(scoreAnswers(greedyOnly).sampled).toBeNull()
    expect(scoreAnswers(greedyOnly).byKind.sorted!.sampled).toBeNull()
  })

  it('gives one score a row for the bootstrap', () => {
    expect(greedyByRow(answers)).toEqual([1, 0, 1, 0])
    expect(sampledByRow(answers)).toEqual([0.25, 1, 0.5, 0])
  })
})
