/** Words of judging answers, as main says them in the app. */
export const judgingWords = {
  /** While it waits for its turn. */
  waitingForRun: 'Waiting for the run to end',
  waitingForEngine: 'Waiting for another measurement to end',
  answering: (model: string) => `${model} answers`,
  judging: 'Judging',
  requests: 'requests',
} as const
