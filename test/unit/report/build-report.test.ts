import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Report } from '../../../src/contract/report.ts'
import { buildReport, type ReportFindings } from '../../../src/main/report/build-report.ts'
import { readAnswers } from '../../../src/main/report/held-out-scores.ts'
import { scoreTableText } from '../../../src/main/report/score-table.ts'
import { trainingCurve } from '../../../src/main/report/training-curve.ts'
import { answersOf, evaluationOf, sampleFindings } from './sample-findings.ts'

/** Findings whose last iteration has these shares of valid answers. */
function withLast(greedy: number, sampled: number): ReportFindings {
  const findings = sampleFindings()
  const answers = answersOf(greedy, sampled, 240, 2)
  const last = { ...findings.iterations[1]!, answers, evaluation: evaluationOf(answers, true) }
  return { ...findings, iterations: [findings.iterations[0]!, last] }
}

describe('buildReport', () => {
  const report = buildReport(sampleFindings())

  it('is a report by its own contract and the same for the same findings', () => {
    expect(Report.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
    expect(buildReport(sampleFindings())).toEqual(report)
  })

  it('holds what a reader of report.json looks for', () => {
    expect(report.iterations[1]!.train.step0Loss).toBeCloseTo(Math.LN2, 10)
    expect(report.iterations[0]!.train.lastLoss).toBe(0.51)
    expect(report.iterations[0]!.evaluation).toMatchObject({
      heldOutLoss: 0.58,
      rewardAccuracy: 0.67,
      margin: 0.42,
      kl: 1.3,
    })
    expect(report.iterations[0]!.generated.sha256).toHaveLength(64)
    expect(report.iterations[0]!.pairs.sha256).toHaveLength(64)
    expect(report.iterations[0]!.model.sha256).toHaveLength(64)
    expect(report.base.evaluation.greedy).toBeGreaterThan(0)
    expect(report.sft!.evaluation.sampled).toBeGreaterThan(0)
  })

  it('compares every model with the base and the last iteration with SFT, with its predecessor and with the tempered base', () => {
    const names = report.comparisons
      .filter((c) => c.score === 'sampled')
      .map((c) => `${c.better} > ${c.than}`)
    expect(names).toEqual([
      'iteration 0 > base',
      'iteration 1 > base',
      'equal SFT > base',
      'iteration 1 > equal SFT',
      'iteration 1 > iteration 0',
      'iteration 1 > base at temperature 0.5',
    ])
    for (const c of report.comparisons) {
      expect(c.clear).toBe(c.low > 0 || c.high < 0)
      expect(c.prompts).toBe(240)
    }
  })

  it('takes the difference of the very scores it reports', () => {
    const gain = report.comparisons.find(
      (c) => c.better === 'iteration 1' && c.than === 'base' && c.score === 'sampled',
    )!
    expect(gain.mean).toBeCloseTo(
      report.iterations[1]!.evaluation.sampled! - report.base.evaluation.sampled!,
      12,
    )
  })

  it('says that a clear gain is one', () => {
    expect(report.sentence).toMatch(
      /two self-play iterations raised the share of valid answers from 52\.0 to 72\.1/,
    )
    expect(report.sentence).toMatch(/self-play is above it \(\+10\.6/)
    expect(report.sentence).toMatch(/Greedy answers did not clearly change/)
  })

  it('says so when nothing was gained, when it got worse, and when SFT or a lower temperature does better', () => {
    const same = buildReport(withLast(0.72, 0.5))
    expect(same.sentence).toMatch(/made no clear difference/)
    expect(same.sentence).toMatch(/self-play is below it/)
    expect(same.sentence).toMatch(/a lower temperature gives more than this training did/)
    const worse = buildReport(withLast(0.5, 0.3))
    expect(worse.sentence).toMatch(/lowered the share of valid answers/)
    expect(worse.sentence).toMatch(/Greedy answers got worse/)
  })

  it('stands without SFT, without samples and with one iteration', () => {
    const findings = sampleFindings()
    const plain = { ...findings, sft: null, iterations: [findings.iterations[0]!] }
    const silent = (model: ReportFindings['base']) => ({
      ...model,
      tempered: [],
      evaluation: { ...model.evaluation, sampled: null },
      answers: model.answers.map((answer) => ({ ...answer, sampled: [], sampledValid: [] })),
    })
    const greedyOnly = buildReport({
      ...plain,
      base: silent(findings.base),
      iterations: plain.iterations.map((found) => ({
        ...found,
        evaluation: { ...found.evaluation, sampled: null },
        answers: found.answers.map((answer) => ({ ...answer, sampled: [], sampledValid: [] })),
      })),
    })
    expect(greedyOnly.sentence).toMatch(/^Greedy answers/)
    expect(scoreTableText(greedyOnly)).toContain('iteration 0')
    expect(buildReport(plain).sentence).toMatch(/one self-play iteration raised/)
  })
})

describe('scoreTableText', () => {
  it('lists base, iterations and SFT with aligned columns', () => {
    const lines = scoreTableText(buildReport(sampleFindings())).split('\n')
    expect(lines.slice(2, 6).map((line) => line.split('  ')[0])).toEqual([
      'base',
      'iteration 0',
      'iteration 1',
      'equal SFT',
    ])
    expect(new Set(lines.slice(2, 6).map((line) => line.length)).size).toBe(1)
  })
})

describe('trainingCurve', () => {
  it('keeps the later numbers of a repeated step, the order, and both ends when thinned', () => {
    const step = (n: number, spinLoss: number) => ({
      step: n,
      totalSteps: 9,
      epoch: 0,
      loss: 0,
      spinLoss,
      nll: 0,
      rewardReal: 0,
      rewardGenerated: 0,
      margin: 0,
      accuracy: 0,
      logpReal: 0,
      logpGenerated: 0,
      realShift: 0,
      eosShift: 0,
      entropy: 0,
      kl: 0,
      klPerToken: 0,
      gradNorm: 0,
      lr: 0,
      tokensPerSecond: 0,
      stepMs: 0,
    })
    const curve = trainingCurve([step(1, 1), step(0, 0.7), step(1, 0.5)])
    expect(curve.map((p) => [p.step, p.spinLoss])).toEqual([
      [0, 0.7],
      [1, 0.5],
    ])
    const long = trainingCurve(
      Array.from({ length: 1000 }, (_, i) => step(i, i)),
      100,
    )
    expect(long.length).toBeLessThanOrEqual(101)
    expect([long[0]!.step, long.at(-1)!.step]).toEqual([0, 999])
  })
})

describe('readAnswers', () => {
  let dir: string
  beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'answers-'))))
  afterAll(() => rmSync(dir, { recursive: true }))

  it('reads what an evaluation wrote and names the line that is broken', () => {
    const path = join(dir, 'answers.jsonl')
    const answers = answersOf(0.5, 0.5, 3)
    writeFileSync(path, `${answers.map((answer) => JSON.stringify(answer)).join('\n')}\n`)
    expect(readAnswers(path)).toEqual(answers)
    writeFileSync(path, `${JSON.stringify(answers[0])}\n{"id": "half`)
    expect(() => readAnswers(path)).toThrow(/Line 2 of/)
    expect(() => readAnswers(join(dir, 'absent.jsonl'))).toThrow(/Run the evaluation again/)
  })
})
