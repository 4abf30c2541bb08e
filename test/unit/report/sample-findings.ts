import type { EvaluationAnswer, EvaluationResult, FinetuneResult } from '../../../src/contract/engine.ts'
import type { CurvePoint } from '../../../src/contract/report.ts'
import type { IterationFindings, ReportFindings } from '../../../src/main/report/build-report.ts'

/** A deterministic number in [0, 1) for a pair of whole numbers. */
export function noise(a: number, b: number): number {
  const x = Math.sin(a * 127.1 + b * 311.7) * 43758.5453
  return x - Math.floor(x)
}

const prompts = [
  ['Write 4 numbers between 10 and 60 in rising order.', '12 27 31 58', '12 31 27 58'],
  ['Name a word of 5 letters that starts with b and contains a.', 'bread', 'bead'],
  ['Write a code of 6 digits.', '480213', '48021'],
  ['Balance 3 pairs of parentheses.', '(())()', '(()()'],
] as const

export function answersOf(
  greedyShare: number,
  sampledShare: number,
  rows = 240,
  salt = 0,
): EvaluationAnswer[] {
  return Array.from({ length: rows }, (_, i) => {
    const [prompt, real, wrong] = prompts[i % prompts.length]!
    // The same prompt is easy or hard for every model: half of the luck is shared.
    const luck = 0.7 * noise(i, 1) + 0.3 * noise(i, 17 + salt)
    const greedyValid = luck < greedyShare
    const sampledValid = [0, 1, 2, 3].map(
      (s) => 0.7 * noise(i, 1) + 0.3 * noise(i, 29 + s + salt) < sampledShare,
    )
    return {
      id: noise(i, 5).toString(16).slice(2, 14).padEnd(12, '0'),
      prompt: `${prompt} (${i})`,
      real,
      check: 'sample',
      greedy: greedyValid ? real : wrong,
      greedyValid,
      sampled: sampledValid.map((valid) => (valid ? real : wrong)),
      sampledValid,
    }
  })
}

export function evaluationOf(answers: readonly EvaluationAnswer[], against: boolean): EvaluationResult {
  const greedy = answers.filter((answer) => answer.greedyValid).length / answers.length
  const samples = answers.flatMap((answer) => answer.sampledValid)
  const sampled = samples.filter(Boolean).length / samples.length
  return {
    kind: 'done',
    rows: answers.length,
    greedy,
    sampled,
    temperature: 1,
    heldOutLoss: against ? 0.58 : null,
    heldOutNll: 0.61,
    rewardAccuracy: against ? 0.67 : null,
    margin: against ? 0.42 : null,
    kl: against ? 1.3 : null,
    meanTokensReal: 14.2,
    meanTokensGreedy: 13.8,
    cappedShare: 0.004,
    byKind: {
      numbers: { rows: answers.length / 2, greedy, sampled },
      words: { rows: answers.length / 2, greedy: greedy * 0.9, sampled: sampled * 0.9 },
    },
    answersPath: '/nowhere/answers.jsonl',
    seconds: 11.4,
  }
}

export function curveOf(steps: number): CurvePoint[] {
  return Array.from({ length: steps + 1 }, (_, step) => {
    const t = step / steps
    const jitter = (noise(step, 3) - 0.5) * 0.08
    const rewardGenerated = step === 0 ? 0 : -0.9 * t + jitter
    const rewardReal = step === 0 ? 0 : 0.12 * t + jitter / 2
    return {
      step,
      spinLoss: step === 0 ? Math.LN2 : Math.LN2 - 0.2 * t + jitter,
      nll: 0.7 - 0.1 * t + jitter,
      margin: rewardReal - rewardGenerated,
      accuracy: Math.min(1, 0.5 + 0.3 * t + jitter),
      rewardReal,
      rewardGenerated,
      entropy: 1.1 - 0.2 * t + jitter,
      kl: 0 - 10 * rewardGenerated,
    }
  })
}

export function finetuneOf(steps: number, letter: string): FinetuneResult {
  return {
    kind: 'done',
    modelDir: '/nowhere/model',
    modelSha256: letter.repeat(64),
    steps,
    step0Loss: Math.LN2,
    lastLoss: 0.51,
    lastNll: 0.6,
    stoppedBy: null,
    savedStep: steps,
    pairs: 4000,
    nllOnlyRows: 120,
    seconds: 61.2,
  }
}

export function sampleFindings(): ReportFindings {
  const model = (greedy: number, sampled: number, salt: number, against = true) => {
    const answers = answersOf(greedy, sampled, 240, salt)
    return { answers, evaluation: evaluationOf(answers, against) }
  }
  const iteration = (number: number, greedy: number, sampled: number): IterationFindings => ({
    iteration: number,
    ...model(greedy, sampled, number + 1),
    finetune: finetuneOf(150, String(number + 3)),
    curve: curveOf(150),
    generatedSha256: 'a'.repeat(64),
    pairsSha256: 'b'.repeat(64),
    audit: {
      rows: 2000,
      duplicates: 0,
      equal: 96,
      capped: 8,
      empty: 1,
      medianRealCharacters: 17,
      medianGeneratedCharacters: 18,
    },
    seconds: { generate: 24.5, gather: 0.8, finetune: 61.2, evaluate: 11.4 },
  })
  return {
    title: 'SPIN Studio demo',
    createdAt: '2026-11-21T00:00:00.000Z',
    settings: { seed: 1, iterations: 2 },
    dataset: { trainRows: 4000, testRows: 240 },
    base: {
      modelSha256: 'c'.repeat(64),
      ...model(0.72, 0.5, 0, false),
      tempered: [0.5, 0.7, 0.85].map((temperature, i) => ({
        temperature,
        answers: answersOf(0.72, 0.66 - 0.05 * i, 240, 40 + i),
      })),
    },
    iterations: [iteration(0, 0.73, 0.61), iteration(1, 0.74, 0.66)],
    sft: {
      ...model(0.74, 0.57, 9),
      finetune: { ...finetuneOf(300, 'd'), step0Loss: 0, lastLoss: 0 },
      curve: curveOf(300),
    },
    seconds: 402,
    peakRssBytes: 1_240_000_000,
    versions: { node: '24.21.0', onnxruntime: '1.30.0', 'spin-studio': '0.1.0' },
  }
}
