/** What a run, its iterations and its stages are called wherever they stand. */
export const stateStrings = {
  running: 'Running',
  interrupted: 'Interrupted',
  cancelled: 'Cancelled',
  paused: 'Paused',
  stopped: 'Stopped',
  done: 'Done',
  notStarted: 'Not started',
  iteration: (iteration: number): string =>
    iteration === -2 ? 'Plain SFT' : iteration < 0 ? 'Base' : `Iteration ${iteration}`,
  stages: {
    reformat: 'Dataset',
    generate: 'Generate',
    gather: 'Gather',
    finetune: 'Train',
    evaluate: 'Evaluate',
  },
  /** "Iteration 0: Answering prompts, 320 of 800 rows" */
  progress: (where: string, what: string, count: string) => `${where}: ${what}${count}`,
  countOf: (done: string, total: string, unit: string) => `, ${done} of ${total} ${unit}`,
} as const
