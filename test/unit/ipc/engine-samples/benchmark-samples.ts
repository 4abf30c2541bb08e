import type { CallSamples, StreamSamples } from './sample-types.ts'
import { log, progress } from './shared-events.ts'

const score = {
  task: 'arc_challenge',
  partOf: null,
  metric: 'acc_norm',
  filter: 'none',
  value: 0.6041,
  stderr: 0.0143,
  questions: 1172,
  primary: true,
}

export const benchmarkCalls: CallSamples<'benchmarkData'> = {
  benchmarkData: {
    input: { dataDir: '/b' },
    output: {
      tasks: [
        {
          task: 'gsm8k',
          title: 'GSM8K',
          own: false,
          kind: 'generation',
          shots: { 'harness-0.4.0': 5 },
          metric: 'exact_match',
          state: 'missing',
          questions: null,
          expectedQuestions: 1319,
          files: [],
          dataset: 'openai/gsm8k',
          folder: 'gsm8k',
          problem: 'Expected …, found none.',
        },
      ],
    },
  },
}

export const benchmarkStreams: StreamSamples<
  'benchmark' | 'benchmarkCost' | 'contamination' | 'answerQuestions' | 'logProbPreference'
> = {
  benchmark: {
    input: { modelDir: '/m', dataDir: '/b', outDir: '/o', settings: { tasks: ['arc_challenge'] } },
    events: [
      progress,
      log,
      {
        kind: 'task',
        task: 'arc_challenge',
        scores: [score],
        questionsPath: '/o/arc_challenge.jsonl',
      },
      {
        kind: 'done',
        scores: [score],
        questions: 1172,
        requests: 4687,
        requestsPerSecond: 2.5,
        truncated: 0,
        provenance: {
          modelSha256: 'ab',
          profile: 'harness-0.4.0',
          chatTemplate: false,
          limit: null,
          dataSha256: { arc_challenge: 'cd' },
          versions: { node: '24.0.0' },
        },
        questionPaths: { arc_challenge: '/o/arc_challenge.jsonl' },
        seconds: 12.5,
      },
    ],
  },
  benchmarkCost: {
    input: {
      modelDir: '/m',
      dataDir: '/b',
      settings: { tasks: ['mmlu', 'own'], profile: 'harness-current', taskFiles: ['/own.yaml'], limit: 5 },
    },
    events: [
      progress,
      {
        kind: 'done',
        tasks: [
          {
            task: 'gsm8k',
            questions: 1319,
            requests: 1319,
            tokens: 1e6,
            tokensUnshared: 1e6,
            generatedTokensAtMost: 337_664,
            seconds: 4000,
          },
        ],
        seconds: 4000,
        peakBytes: 2e9,
      },
    ],
  },
  contamination: {
    input: { dataDir: '/b', tasks: ['gsm8k'], trainPath: '/t.parquet' },
    events: [
      progress,
      {
        kind: 'done',
        tasks: [
          {
            task: 'gsm8k',
            questions: 1319,
            overlapping: 1,
            examples: [{ index: 3, question: 'How many?', shared: 'how many', row: 'ab' }],
          },
        ],
        trainRows: 50_000,
        words: 13,
      },
    ],
  },
  answerQuestions: {
    input: {
      modelDir: '/m',
      modelId: 'iteration-1',
      questionsPath: '/q.jsonl',
      outDir: '/o',
      settings: { temperatures: { math: 0 } },
    },
    events: [
      progress,
      log,
      {
        kind: 'done',
        answersPath: '/o/iteration-1.jsonl',
        answersSha256: '06',
        modelSha256: '07',
        questions: 32,
        capped: 1,
        noRoom: 0,
        empty: 0,
        tokens: 9000,
      },
    ],
  },
  logProbPreference: {
    input: {
      baseDir: '/b',
      modelDir: '/m',
      dataPath: '/d',
      answersPath: '/a',
      baseAnswersPath: '/c',
      outDir: '/o',
    },
    events: [
      progress,
      log,
      {
        kind: 'done',
        modelSha256: '08',
        baseSha256: '09',
        rows: 40,
        against: [
          {
            opponent: 'human',
            pairs: 40,
            wins: 10,
            ties: 4,
            winRate: 0.3,
            interval: { low: 0.2, high: 0.4 },
            lengthControlled: { winRate: 0.35, interval: { low: 0.2, high: 0.5 }, slope: -0.5 },
            matched: { pairs: 0, winRate: null },
            byBase: 0.25,
            byModel: 0.45,
            meanTokens: 9.5,
            meanTokensOpponent: 12,
          },
        ],
        rowsPath: '/o/preferences.jsonl',
      },
    ],
  },
}
