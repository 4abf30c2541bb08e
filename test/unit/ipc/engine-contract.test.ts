import { expect, it } from 'vitest'
import type { z } from 'zod'
import {
  engineContract,
  FinetuneRequest,
  GenerateRequest,
  type EngineContract,
} from '../../../src/contract/engine.ts'
import { connect } from '../../../src/ipc/client.ts'
import type { StreamEvent } from '../../../src/ipc/contract.ts'
import { createPipeWire } from '../../../src/ipc/pipe-wire.ts'
import { serve } from '../../../src/ipc/server.ts'
import { openSocketPair } from './socket-pair.ts'

type Output<N extends keyof EngineContract['calls']> = z.output<EngineContract['calls'][N]['output']>

const description: Output<'describe'> = {
  versions: { node: '24.21.0', 'spin-studio': '0.1.0' },
  device: 'CPU, 2 threads',
  threads: 2,
  pid: 77,
  rssBytes: 1e9,
  peakRssBytes: 2 ** 31,
}
const tensorFlow: Output<'tensorFlowStatus'> = {
  state: 'unusable',
  why: 'Its native code is missing.',
  whatToDo: 'Install it again.',
  version: '4.22.0',
  computesOn: null,
}
const card: Output<'inspectModel'> = {
  dir: '/m',
  family: 'llama',
  architecture: 'LlamaForCausalLM',
  parameters: 134_515_008,
  layers: 30,
  hidden: 576,
  heads: 9,
  kvHeads: 3,
  vocab: 49_152,
  context: 2048,
  dtype: 'BF16',
  tiedEmbeddings: true,
  eosTokens: ['<|im_end|>'],
  sha256: 'ab',
  bytes: 269_060_552,
  templateSample: '<|im_start|>user\nÀ bientôt 👋<|im_end|>\n',
  template: {
    source: 'tokenizer_config.json',
    takesSystem: true,
    tokens: 6,
    parts: [
      { text: '<|im_start|>', special: true },
      { text: 'user\nÀ bientôt 👋', special: false },
    ],
  },
  license: 'apache-2.0',
  adapter: {
    baseDir: '/b',
    rank: 16,
    alpha: 32,
    modules: ['self_attn.q_proj'],
    baseWeights: 'int4',
    parameters: 921_600,
  },
  warnings: ['a warning'],
}
const chatDefaults: Output<'chatDefaults'> = {
  temperature: 0.7,
  topK: 20,
  topP: 0.8,
  maxNewTokens: null,
  context: 32_768,
  warnings: [],
}
const audit = {
  rows: 5,
  duplicates: 0,
  equal: 1,
  capped: 0,
  empty: 0,
  medianRealCharacters: 12.5,
  medianGeneratedCharacters: 9,
}
const gathered: Output<'gather'> = {
  kind: 'done',
  trainPath: '/t',
  testPath: null,
  train: audit,
  test: null,
  sha256: 'cd',
  warnings: ['one "warning"'],
}
const progress = {
  kind: 'progress',
  stage: 'Answering prompts',
  done: 3,
  total: 10,
  unit: 'rows',
  rate: null,
  tokensPerSecond: 812.25,
} as const
const log = { kind: 'log', level: 'warning', message: 'line 1\nline 2' } as const
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

const inspection: Output<'inspectDataset'> = {
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
}
const percentiles = Array.from({ length: 101 }, (_, i) => i)
const rowFacts: Output<'rowFacts'> = {
  rows: 900,
  measured: 512,
  prompt: percentiles,
  answer: percentiles,
  whole: percentiles,
  checkable: true,
}
const rowView: Output<'datasetRow'> = {
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
}

const benchmarkScore = {
  task: 'arc_challenge',
  partOf: null,
  metric: 'acc_norm',
  filter: 'none',
  value: 0.6041,
  stderr: 0.0143,
  questions: 1172,
  primary: true,
}

const benchmarkTask: Output<'benchmarkData'>['tasks'][number] = {
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
}

const vector = { part: 1, parts: 2, values: Float32Array.of(0.5, -0) }
const rankExchange = { kind: 'exchange', round: 'step 3', deal: 1, note: { loss: 0.5 }, ...vector } as const

const events: { [N in keyof EngineContract['streams']]: StreamEvent<EngineContract, N>[] } = {
  importDataset: [
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
  measureDataset: [
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
  generate: [
    progress,
    log,
    { kind: 'device', work: 'answers', id: 'cuda:1' },
    { kind: 'fraction', ...fraction },
    { kind: 'done', fractions: [fraction], sha256: '01', modelSha256: '02' },
  ],
  trainRank: [progress, log, rankExchange],
  answerPiece: [log, { kind: 'answered', rows: [800, 802], done: 2, tokens: 31 }, { kind: 'done', rows: 2 }],
  finetune: [
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
  evaluate: [
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
  chat: [
    log,
    { kind: 'begin', promptTokens: 7, maxNewTokens: 40, loadSeconds: 0.5 },
    { kind: 'text', text: 'À bientôt 👋', tokens: 5 },
    { kind: 'done', finish: 'stop', promptTokens: 7, tokens: 5, seconds: 0.25, text: 'À bientôt 👋' },
  ],
  forecast: [
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
  answerQuestions: [
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
  benchmark: [
    progress,
    log,
    {
      kind: 'task',
      task: 'arc_challenge',
      scores: [benchmarkScore],
      questionsPath: '/o/arc_challenge.jsonl',
    },
    {
      kind: 'done',
      scores: [benchmarkScore],
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
  benchmarkCost: [
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
  contamination: [
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
  logProbPreference: [
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
  exportModel: [
    progress,
    log,
    {
      kind: 'done',
      outPath: '/o',
      format: 'huggingface',
      sha256: '04',
      bytes: 7e9,
      files: [{ name: 'model-00001-of-00002.safetensors', bytes: 5e9, sha256: '05' }],
      seconds: 9,
    },
  ],
}

const generationPlan: Output<'generationPlan'> = {
  key: '0a',
  modelSha256: '02',
  contextLength: 4096,
  fractions: [
    { index: 0, start: 0, end: 2, open: [], sealed: { kind: 'fraction', ...fraction } },
    { index: 1, start: 2, end: 4, open: [3], sealed: null },
  ],
  warnings: [],
}
const sampleOrder: Output<'sampleOrder'> = {
  rows: Uint32Array.of(7, 0),
  margins: Float32Array.of(0.5, Number.NaN),
  lengths: Uint32Array.of(40, 30),
  counts: { all: 2, wins: 1, loses: 0, equal: 0, capped: 1, flagged: 0 },
  total: 9,
}
const sampleRow: Output<'sampleRows'>['rows'][number] = {
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
const tokenScores: Output<'tokenScores'> = {
  promptTokens: 12,
  answers: [
    {
      texts: ['so', '</s>'],
      policy: Float32Array.of(-1, -2),
      opponent: Float32Array.of(-3, -4),
      ended: true,
    },
  ],
}

async function* all<T>(values: readonly T[]): AsyncGenerator<T, void, void> {
  yield* values
}

it('every type of the engine contract crosses the pipe unchanged and still parses on the other side', async () => {
  const [near, far] = await openSocketPair()
  const inputs: Record<string, unknown> = {}
  function keep<T>(name: string, input: unknown, result: T): T {
    inputs[name] = input
    return result
  }
  serve(createPipeWire(far), engineContract, {
    calls: {
      describe: (input) => keep('describe', input, description),
      probeDevice: (input) => keep('probeDevice', input, { gflops: 98.7, size: 1024, types: ['f32', 'f16'] }),
      tensorFlowStatus: (input) => keep('tensorFlowStatus', input, tensorFlow),
      inspectModel: (input) => keep('inspectModel', input, card),
      inspectDataset: (input) => keep('inspectDataset', input, inspection),
      datasetRow: (input) => keep('datasetRow', input, rowView),
      rowFacts: (input) => keep('rowFacts', input, rowFacts),
      chatDefaults: (input) => keep('chatDefaults', input, chatDefaults),
      sampleOrder: (input) => keep('sampleOrder', input, sampleOrder),
      sampleLines: (input) => keep('sampleLines', input, { lines: [] }),
      sampleRows: (input) => keep('sampleRows', input, { rows: [sampleRow] }),
      tokenScores: (input) => keep('tokenScores', input, tokenScores),
      generationPlan: (input) => keep('generationPlan', input, generationPlan),
      rankReply: (input) => keep('rankReply', input, {}),
      sealFraction: (input) => keep('sealFraction', input, { kind: 'fraction', ...fraction }),
      gather: (input) => keep('gather', input, gathered),
      benchmarkData: (input) => keep('benchmarkData', input, { tasks: [benchmarkTask] }),
      writeCard: (input) => keep('writeCard', input, {}),
    },
    streams: {
      importDataset: (input) => keep('importDataset', input, all(events.importDataset)),
      measureDataset: (input) => keep('measureDataset', input, all(events.measureDataset)),
      generate: (input) => keep('generate', input, all(events.generate)),
      trainRank: (input) => keep('trainRank', input, all(events.trainRank)),
      answerPiece: (input) => keep('answerPiece', input, all(events.answerPiece)),
      finetune: (input) => keep('finetune', input, all(events.finetune)),
      evaluate: (input) => keep('evaluate', input, all(events.evaluate)),
      chat: (input) => keep('chat', input, all(events.chat)),
      forecast: (input) => keep('forecast', input, all(events.forecast)),
      answerQuestions: (input) => keep('answerQuestions', input, all(events.answerQuestions)),
      benchmark: (input) => keep('benchmark', input, all(events.benchmark)),
      benchmarkCost: (input) => keep('benchmarkCost', input, all(events.benchmarkCost)),
      contamination: (input) => keep('contamination', input, all(events.contamination)),
      logProbPreference: (input) => keep('logProbPreference', input, all(events.logProbPreference)),
      exportModel: (input) => keep('exportModel', input, all(events.exportModel)),
    },
  })
  const client = connect<EngineContract>(createPipeWire(near))

  expect(engineContract.calls.describe.output.parse(await client.call('describe', {}))).toEqual(description)
  expect(
    engineContract.calls.inspectModel.output.parse(await client.call('inspectModel', { dir: '/m' })),
  ).toEqual(card)
  expect(
    engineContract.calls.chatDefaults.output.parse(await client.call('chatDefaults', { modelDir: '/m' })),
  ).toEqual(chatDefaults)
  const files = { pairsPath: '/p', answersPath: null, scoresPath: '/s' }
  expect(
    engineContract.calls.sampleOrder.output.parse(
      await client.call('sampleOrder', { ...files, search: 'à' }),
    ),
  ).toEqual(sampleOrder)
  expect(
    engineContract.calls.sampleRows.output.parse(await client.call('sampleRows', { ...files, rows: [7] })),
  ).toEqual({ rows: [sampleRow] })
  expect(
    engineContract.calls.tokenScores.output.parse(
      await client.call('tokenScores', {
        modelDir: '/m',
        opponentDir: '/o',
        prompt: sampleRow.prompt,
        answers: [{ text: 'so', finish: 'stop' }],
        evaluated: { dataPath: '/t', limit: 0, maxNewTokens: 256 },
      }),
    ),
  ).toEqual(tokenScores)
  const generate = {
    modelDir: '/m',
    dataPath: '/d',
    outDir: '/o',
    split: 'test' as const,
    fracLen: 2,
    settings: {},
  }
  const ofGeneration = { session: 's', request: GenerateRequest.parse(generate) }
  expect(
    engineContract.calls.generationPlan.output.parse(await client.call('generationPlan', ofGeneration)),
  ).toEqual(generationPlan)
  expect(
    engineContract.calls.sealFraction.output.parse(
      await client.call('sealFraction', { ...ofGeneration, key: '0a', fraction: 0 }),
    ),
  ).toEqual({ kind: 'fraction', ...fraction })
  const reply = {
    session: 's',
    rank: 2,
    round: 'step 3',
    outcome: 'whole' as const,
    deal: 1,
    ranks: [0, 2],
    notes: [{ loss: 0.5 }, null],
    ...vector,
  }
  expect(await client.call('rankReply', reply)).toEqual({})
  expect(inputs['rankReply']).toEqual(reply)
  expect(
    engineContract.calls.gather.output.parse(
      await client.call('gather', { inputDir: '/i', outDir: '/o', gates: {} }),
    ),
  ).toEqual(gathered)

  expect(
    engineContract.calls.benchmarkData.output.parse(await client.call('benchmarkData', { dataDir: '/b' })),
  ).toEqual({ tasks: [benchmarkTask] })

  expect(
    engineContract.calls.inspectDataset.output.parse(
      await client.call('inspectDataset', { sources: ['/d.jsonl'] }),
    ),
  ).toEqual(inspection)
  expect(
    engineContract.calls.rowFacts.output.parse(
      await client.call('rowFacts', { modelDir: '/m', dataPath: '/d.parquet' }),
    ),
  ).toEqual(rowFacts)
  expect(
    engineContract.calls.datasetRow.output.parse(
      await client.call('datasetRow', { path: '/p', row: 3, modelDir: '/m' }),
    ),
  ).toEqual(rowView)

  const finetune = FinetuneRequest.parse({
    modelDir: '/m',
    sources: [{ path: '/p', fraction: 1 }],
    workDir: '/w',
    outDir: '/o',
    gates: {},
    settings: { optimizer: { lr: 5e-7, kind: 'rmsprop' }, schedule: {} },
  })
  const requests = {
    importDataset: { sources: ['/data'], outDir: '/o' },
    measureDataset: { trainPath: '/p', testPath: null, modelDir: '/m', maxLength: 1024 },
    generate: {
      modelDir: '/m',
      dataPath: '/d',
      outDir: '/o',
      split: 'train',
      fracLen: 800,
      settings: { topP: 0.9 },
    },
    answerPiece: { ...ofGeneration, key: '0a', fraction: 1, rows: [3], part: 'engine-1' },
    finetune,
    trainRank: { session: 's', rank: 2, ranks: [0, 2], request: finetune },
    evaluate: { modelDir: '/m', dataPath: '/d', outDir: '/o', settings: {} },
    chat: { modelDir: '/m', messages: [{ role: 'user', content: 'Salut' }], settings: { topK: 5 } },
    forecast: {
      modelDir: '/m',
      dataPath: '/d',
      generation: {},
      training: { optimizer: { lr: 1e-6 }, schedule: {} },
    },
    answerQuestions: {
      modelDir: '/m',
      modelId: 'iteration-1',
      questionsPath: '/q.jsonl',
      outDir: '/o',
      settings: { temperatures: { math: 0 } },
    },
    benchmark: { modelDir: '/m', dataDir: '/b', outDir: '/o', settings: { tasks: ['arc_challenge'] } },
    benchmarkCost: {
      modelDir: '/m',
      dataDir: '/b',
      settings: { tasks: ['mmlu', 'own'], profile: 'harness-current', taskFiles: ['/own.yaml'], limit: 5 },
    },
    contamination: { dataDir: '/b', tasks: ['gsm8k'], trainPath: '/t.parquet' },
    logProbPreference: {
      baseDir: '/b',
      modelDir: '/m',
      dataPath: '/d',
      answersPath: '/a',
      baseAnswersPath: '/c',
      outDir: '/o',
    },
    exportModel: { modelDir: '/m', outPath: '/o', format: 'gguf-q8_0' },
  } as const
  for (const name of [
    'importDataset',
    'measureDataset',
    'generate',
    'finetune',
    'evaluate',
    'chat',
    'forecast',
    'answerQuestions',
    'benchmark',
    'benchmarkCost',
    'contamination',
    'logProbPreference',
    'exportModel',
  ] as const) {
    const { input, event } = engineContract.streams[name]
    const seen: unknown[] = []
    for await (const one of client.stream(name, requests[name] as never))
      seen.push((event as z.ZodType).parse(one))
    expect(seen).toEqual(events[name])
    expect(inputs[name]).toEqual(input.parse(requests[name]))
  }
  client.close()
})
