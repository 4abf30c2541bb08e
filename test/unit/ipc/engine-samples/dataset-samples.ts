import type { CallSamples, StreamSamples } from './sample-types.ts'
import { log, progress } from './shared-events.ts'

const percentiles = Array.from({ length: 101 }, (_, i) => i)

export const datasetCalls: CallSamples<'inspectDataset' | 'datasetRow' | 'rowFacts'> = {
  inspectDataset: {
    input: { sources: ['/d.jsonl'] },
    output: {
      files: [
        {
          path: '/d.jsonl',
          name: 'd.jsonl',
          bytes: 120,
          kind: 'jsonl',
          split: null,
          detected: { format: 'prompt-response', columns: { prompt: 'question', response: 'answer' } },
          columns: [{ name: 'question', type: 'text', first: '“À bientôt 👋”' }],
          sample: [
            { kind: 'kept', row: 1, prompt: 'a', answer: 'b' },
            { kind: 'dropped', row: 2, reason: 'unreadable', detail: 'not JSON' },
          ],
          problem: null,
        },
      ],
      moreFiles: 0,
      layouts: [{ format: 'prompt-response', roles: [{ role: 'prompt', required: true }] }],
      ownSplit: false,
      twoAnswers: false,
    },
  },
  datasetRow: {
    input: { path: '/p', row: 3, modelDir: '/m' },
    output: {
      row: 3,
      rows: 9,
      id: 'ab',
      turns: [{ role: 'user', content: 'Salut', tokens: 2, learned: false }],
      rejected: null,
      check: null,
      rendered: {
        promptText: '<|user|>',
        answerText: 'Oui',
        promptTokens: 1,
        answerTokens: 1,
        tokens: [{ id: 7, text: '�', learned: true }],
      },
      problem: null,
    },
  },
  rowFacts: {
    input: { modelDir: '/m', dataPath: '/d.parquet' },
    output: {
      rows: 900,
      measured: 512,
      prompt: percentiles,
      answer: percentiles,
      whole: percentiles,
      checkable: true,
    },
  },
}

export const datasetStreams: StreamSamples<'importDataset' | 'measureDataset'> = {
  importDataset: {
    input: { sources: ['/data'], outDir: '/o' },
    events: [
      progress,
      log,
      {
        kind: 'done',
        mapping: { format: 'prompt-response', columns: { prompt: 'question', response: 'answer' } },
        trainPath: '/a',
        testPath: '/b',
        trainRows: 9,
        testRows: 1,
        readRows: 11,
        dropped: { 'empty-answer': 1 },
        examples: [{ source: 'x.csv', row: 4, reason: 'empty-answer', detail: 'answer is ""' }],
      },
    ],
  },
  measureDataset: {
    input: { trainPath: '/p', testPath: null, modelDir: '/m', maxLength: 1024 },
    events: [
      progress,
      {
        kind: 'done',
        rows: 9,
        measured: 8,
        binTokens: 4,
        bins: [0, 7, 1],
        beyond: 0,
        median: 5,
        p95: 8,
        longest: 9,
        medianPrompt: 3,
        medianAnswer: 2,
        limit: 8,
        overLimit: 1,
        refused: 1,
        refusal: 'the chat template refuses the messages [system]',
      },
    ],
  },
}
