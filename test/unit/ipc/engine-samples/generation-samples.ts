import { GenerateRequest } from '../../../../src/contract/engine.ts'
import type { CallSamples, StreamSamples } from './sample-types.ts'
import { log, progress } from './shared-events.ts'

const fraction = {
  split: 'train',
  index: 0,
  path: '/f',
  rows: 2,
  sha256: 'ef',
  capped: 0,
  empty: 0,
  generatedTokens: 11,
} as const
const published = { kind: 'fraction', ...fraction } as const
const request: StreamSamples['generate']['input'] = {
  modelDir: '/m',
  dataPath: '/d',
  outDir: '/o',
  split: 'train',
  fracLen: 800,
  settings: { topP: 0.9 },
}
const ofGeneration = { session: 's', request: GenerateRequest.parse(request) }

const audit = {
  rows: 5,
  duplicates: 0,
  equal: 1,
  capped: 0,
  empty: 0,
  medianRealCharacters: 12.5,
  medianGeneratedCharacters: 9,
}

export const generationCalls: CallSamples<'generationPlan' | 'sealFraction' | 'gather'> = {
  generationPlan: {
    input: ofGeneration,
    output: {
      key: '0a',
      modelSha256: '02',
      contextLength: 4096,
      fractions: [
        { index: 0, start: 0, end: 2, open: [], sealed: published },
        { index: 1, start: 2, end: 4, open: [3], sealed: null },
      ],
      warnings: [],
    },
  },
  sealFraction: {
    input: { ...ofGeneration, key: '0a', fraction: 0 },
    output: published,
  },
  gather: {
    input: { inputDir: '/i', outDir: '/o', gates: {} },
    output: {
      kind: 'done',
      trainPath: '/t',
      testPath: null,
      train: audit,
      test: null,
      sha256: 'cd',
      warnings: ['one "warning"'],
    },
  },
}

export const generationStreams: StreamSamples<'generate' | 'answerPiece'> = {
  generate: {
    input: request,
    events: [
      progress,
      log,
      { kind: 'device', work: 'answers', id: 'cuda:1' },
      published,
      { kind: 'done', fractions: [fraction], sha256: '01', modelSha256: '02' },
    ],
  },
  answerPiece: {
    input: { ...ofGeneration, key: '0a', fraction: 1, rows: [3], part: 'engine-1' },
    events: [log, { kind: 'answered', rows: [800, 802], done: 2, tokens: 31 }, { kind: 'done', rows: 2 }],
  },
}
