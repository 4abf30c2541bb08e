import { FinetuneRequest } from '../../../../src/contract/engine.ts'
import type { CallSamples, StreamSamples } from './sample-types.ts'
import { log, progress } from './shared-events.ts'

const vector = { part: 1, parts: 2, values: Float32Array.of(0.5, -0) }
const request = FinetuneRequest.parse({
  modelDir: '/m',
  sources: [{ path: '/p', fraction: 1 }],
  workDir: '/w',
  outDir: '/o',
  gates: {},
  settings: { optimizer: { lr: 5e-7, kind: 'rmsprop' }, schedule: {} },
})

export const trainingCalls: CallSamples<'rankReply'> = {
  rankReply: {
    input: {
      session: 's',
      rank: 2,
      round: 'step 3',
      outcome: 'whole' as const,
      deal: 1,
      ranks: [0, 2],
      notes: [{ loss: 0.5 }, null],
      ...vector,
    },
    output: {},
  },
}

export const trainingStreams: StreamSamples<'finetune' | 'trainRank' | 'evaluate' | 'forecast'> = {
  finetune: {
    input: request,
    events: [
      progress,
      log,
      {
        kind: 'step',
        step: 0,
        totalSteps: 20,
        epoch: 0,
        loss: Math.LN2,
        spinLoss: Math.LN2,
        nll: 1.25,
        rewardReal: 0,
        rewardGenerated: 0,
        margin: 0,
        accuracy: 0,
        logpReal: -31.5,
        logpGenerated: -1e-7,
        realShift: 0,
        eosShift: -0.125,
        entropy: 1.5,
        kl: 0.25,
        klPerToken: null,
        gradNorm: 3.5,
        lr: 5e-7,
        tokensPerSecond: 1234.5,
        stepMs: 17,
      },
      {
        kind: 'done',
        modelDir: '/m',
        modelSha256: '03',
        steps: 20,
        step0Loss: Math.LN2,
        lastLoss: 0.5,
        lastNll: 1,
        stoppedBy: null,
        savedStep: 20,
        pairs: 100,
        nllOnlyRows: 2,
        seconds: 1.5,
      },
    ],
  },
  trainRank: {
    input: { session: 's', rank: 2, ranks: [0, 2], request },
    events: [progress, log, { kind: 'exchange', round: 'step 3', deal: 1, note: { loss: 0.5 }, ...vector }],
  },
  evaluate: {
    input: { modelDir: '/m', dataPath: '/d', outDir: '/o', settings: {} },
    events: [
      progress,
      log,
      {
        kind: 'done',
        rows: 10,
        greedy: 0.5,
        sampled: null,
        temperature: 1,
        heldOutLoss: null,
        heldOutNll: 1.5,
        rewardAccuracy: null,
        margin: null,
        kl: 0.01,
        meanTokensReal: 12,
        meanTokensGreedy: 11,
        cappedShare: 0,
        byKind: { sort: { rows: 5, greedy: 0.4, sampled: 0.35 } },
        answersPath: '/c',
        seconds: 2,
      },
    ],
  },
  forecast: {
    input: {
      modelDir: '/m',
      dataPath: '/d',
      generation: {},
      training: { optimizer: { lr: 1e-6 }, schedule: {} },
    },
    events: [
      progress,
      log,
      {
        kind: 'done',
        stages: [{ stage: 'finetune', seconds: 90, peakBytes: 2e9, diskBytes: 4e9, basis: '10 steps' }],
        seconds: 90,
        peakBytes: 2e9,
        diskBytes: 4e9,
        memoryBytes: 24e9,
        freeMemoryBytes: 20e9,
        advice: ['finetune needs about 2 GB'],
        probeSeconds: 3.5,
        measured: {
          size: {
            rows: 900,
            heldOutRows: 100,
            promptTokens: 40.5,
            answerTokens: 60.25,
            setupSeconds: 0.5,
            modelBytes: 1e9,
            parameters: 5e8,
          },
          generation: { startSeconds: 1, secondsPerAnswer: 0.5, peakBytes: 2e9 },
          training: {
            secondsPerMicroBatch: 2,
            updateSeconds: 0.5,
            scoreSeconds: 0.25,
            peakBytes: 2e9,
            trained: 5e8,
            stateBytes: 4e9,
          },
        },
      },
    ],
  },
}
