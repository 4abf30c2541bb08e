import type { LeaderboardTask } from '../../../contract/benchmarks.ts'

export interface HubDataset {
  /** The repository on the hub. */
  dataset: string
  config: string
  splits: readonly string[]
  /** Below the data folder; inside it as in the repository. */
  folder: string
}

/** Where the hub has the six tasks' rows, and which parts of them the tasks read. */
export const hubDatasets: Readonly<Record<LeaderboardTask, HubDataset>> = {
  arc_challenge: {
    dataset: 'allenai/ai2_arc',
    config: 'ARC-Challenge',
    splits: ['train', 'validation', 'test'],
    folder: 'ai2_arc',
  },
  truthfulqa_mc2: {
    dataset: 'truthfulqa/truthful_qa',
    config: 'multiple_choice',
    splits: ['validation'],
    folder: 'truthful_qa',
  },
  winogrande: {
    dataset: 'allenai/winogrande',
    config: 'winogrande_xl',
    splits: ['train', 'validation'],
    folder: 'winogrande',
  },
  gsm8k: { dataset: 'openai/gsm8k', config: 'main', splits: ['train', 'test'], folder: 'gsm8k' },
  hellaswag: {
    dataset: 'Rowan/hellaswag',
    config: 'default',
    splits: ['train', 'validation'],
    folder: 'hellaswag',
  },
  mmlu: { dataset: 'cais/mmlu', config: 'all', splits: ['dev', 'test'], folder: 'mmlu' },
}
