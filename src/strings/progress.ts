/** What a stage is doing, as the progress line says it, and what it counts. */
export const progressWords = {
  answering: { train: 'Answering train prompts', test: 'Answering test prompts' },
  answeringGreedily: 'Answering greedily',
  sampling: (temperature: number) => `Sampling at temperature ${temperature}`,
  answeringQuestions: 'Answering questions',
  scoring: 'Scoring',
  scoringOpponent: 'Scoring the opponent',
  measuringLengths: 'Measuring lengths',
  measuringMachine: 'Measuring this machine',
  readingRows: 'Reading rows',
  writingRows: 'Writing Parquet',
  writingWeights: 'Writing weights',
  writingGguf: 'Writing GGUF',
  training: 'Training',
  /** Until the stage says itself what it is at. */
  preparing: {
    reformat: 'Reading the dataset',
    generate: 'Loading the model',
    gather: 'Gathering the pairs',
    finetune: 'Loading the model',
    evaluate: 'Loading the model',
  },
  units: {
    rows: 'rows',
    answers: 'answers',
    turns: 'turns',
    steps: 'steps',
    probes: 'probes',
    megabytes: 'MB',
  },
} as const
