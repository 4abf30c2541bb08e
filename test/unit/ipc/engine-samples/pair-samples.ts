import type { CallSamples } from './sample-types.ts'

const files = { pairsPath: '/p', answersPath: null, scoresPath: '/s' }
const row: CallSamples['sampleRows']['output']['rows'][number] = {
  row: 7,
  id: 'ab',
  prompt: [{ role: 'user', content: 'À bientôt?' }],
  real: 'Oui',
  generated: 'Non',
  generatedFinish: 'length',
  answer: null,
  answerFinish: 'stop',
  score: {
    id: 'ab',
    realReward: 0.75,
    generatedReward: 0.25,
    margin: 0.5,
    realTokens: 2,
    generatedTokens: 1,
  },
}

export const pairCalls: CallSamples<'sampleOrder' | 'sampleLines' | 'sampleRows' | 'tokenScores'> = {
  sampleOrder: {
    input: { ...files, search: 'à' },
    output: {
      rows: Uint32Array.of(7, 0),
      margins: Float32Array.of(0.5, Number.NaN),
      lengths: Uint32Array.of(40, 30),
      counts: { all: 2, wins: 1, loses: 0, equal: 0, capped: 1, flagged: 0 },
      total: 9,
    },
  },
  sampleLines: {
    input: { ...files, rows: [7, 0] },
    output: { lines: [{ row: 7, id: 'ab', line: 'À bientôt?' }] },
  },
  sampleRows: {
    input: { ...files, rows: [7] },
    output: { rows: [row] },
  },
  tokenScores: {
    input: {
      modelDir: '/m',
      opponentDir: '/o',
      prompt: row.prompt,
      answers: [{ text: 'so', finish: 'stop' }],
      evaluated: { dataPath: '/t', limit: 0, maxNewTokens: 256 },
    },
    output: {
      promptTokens: 12,
      answers: [
        {
          texts: ['so', '</s>'],
          policy: Float32Array.of(-1, -2),
          opponent: Float32Array.of(-3, -4),
          ended: true,
        },
      ],
    },
  },
}
