import type { BenchmarkProfile, LeaderboardTask } from '../../contract/benchmarks.ts'
import { measuringStrings } from './benchmark-measuring.ts'
import { questionStrings } from './benchmark-questions.ts'

/** In the order of the paper's tables. */
const taskTitles: Record<LeaderboardTask, string> = {
  arc_challenge: 'ARC-Challenge',
  truthfulqa_mc2: 'TruthfulQA',
  winogrande: 'Winogrande',
  gsm8k: 'GSM8K',
  hellaswag: 'HellaSwag',
  mmlu: 'MMLU',
}
const groups: Record<string, string> = {
  mmlu_stem: 'STEM',
  mmlu_humanities: 'Humanities',
  mmlu_social_sciences: 'Social sciences',
  mmlu_other: 'Other',
}
const profiles: Record<BenchmarkProfile, string> = {
  'harness-0.4.0': 'As the paper measured',
  'harness-current': 'As measured today',
}
const count = (n: number, one: string, many: string, shown: string): string =>
  n === 1 ? `1 ${one}` : `${shown} ${many}`

/** Words of the Benchmarks page. */
export const benchmarksStrings = {
  title: 'Benchmarks',
  subtitle: (run: number, models: number, measured: number) =>
    `Run ${run}: ${measured} of ${count(models, 'model', 'models', String(models))} measured by public tasks`,
  loading: 'Loading…',
  view: 'What is shown',
  views: { scores: 'Scores', questions: 'Questions', measure: 'Measure' },
  toMeasure: 'Measure models…',
  empty: {
    title: 'No model to measure yet',
    words:
      'Here the base, plain SFT and every iteration are measured by the six public tasks of the SPIN paper, or by tasks of your own, with the paper’s numbers beside them.',
    toRun: 'Go to Run',
    toPlan: 'Go to Plan',
  },
  noScores: {
    title: 'No score yet',
    words:
      'Choose models and tasks. What it costs is shown before anything starts; scores appear here task by task.',
  },

  tasks: taskTitles,
  taskOrder: Object.keys(taskTitles) as LeaderboardTask[],
  groups,
  /** "mmlu_abstract_algebra" → "Abstract algebra"; a person's own task is called as it is. */
  task(name: string): string {
    if (Object.hasOwn(taskTitles, name)) return taskTitles[name as LeaderboardTask]
    if (Object.hasOwn(groups, name)) return groups[name]!
    if (!name.startsWith('mmlu_')) return name
    const words = name.slice('mmlu_'.length).replaceAll('_', ' ')
    return words.charAt(0).toUpperCase() + words.slice(1)
  },
  metrics: {
    acc: ['accuracy', 'The share of questions whose right choice was the most likely one.'],
    acc_norm: [
      'accuracy by length',
      'As accuracy, with each choice’s log-likelihood divided by its length in characters, so that short choices have no advantage.',
    ],
    mc2: [
      'truthful share',
      'The share of probability that the model gives to the true answers, of all that it gives to true and false ones.',
    ],
    exact_match: ['exact match', 'The share of questions whose generated number is the right one.'],
    acc_macro: ['mean over subjects', 'The mean of the subjects’ accuracies; each subject counts alike.'],
  } as Record<string, readonly [string, string]>,
  filters: {
    none: '',
    'get-answer': 'number after ####',
    'strict-match': 'strict: number after ####',
    'flexible-extract': 'flexible: last number of the answer',
  } as Record<string, string>,

  profiles,
  profileHelp: {
    'harness-0.4.0':
      'lm-evaluation-harness 0.4.0, which the paper used: Winogrande gets no examples, GSM8K stops where it stopped then. Compare with the paper’s rows.',
    'harness-current':
      'lm-evaluation-harness 0.4.13: every task gets its examples, GSM8K’s answer is read in two ways, prompts can be chats. Compare with numbers published today.',
  } satisfies Record<BenchmarkProfile, string>,
  profileName: (profile: BenchmarkProfile) => `${profiles[profile]} (${profile})`,
  neverMixed:
    'The same model gets different numbers by each, so their scores never stand in one table or chart.',
  settings: {
    chat: 'as chats',
    limit: (questions: string) => (questions === '1' ? 'first question' : `first ${questions} questions`),
    all: 'all questions',
    name: 'Settings of the scores',
    differs: 'Scores of different settings are never mixed',
  },

  /** Inside a sentence. */
  names: {
    base: 'the base',
    sft: 'plain SFT',
    iteration: (iteration: number) => `iteration ${iteration}`,
  },

  table: {
    caption: 'Scores of every model on every task, in points of 100',
    title: 'Scores',
    hint: 'points of 100, ± one standard error; below it the change against base, ± half its 95% interval',
    model: 'Model',
    average: 'Average',
    overBase: 'Against base',
    averageTip: 'The plain mean of the six tasks. It is shown when all six are there.',
    notAll: (have: number) => `${have} of 6 tasks`,
    columnTip: (title: string, metric: string, about: string, questions: string) =>
      `${title}, ${metric}, ${questions} questions. ${about}`,
    cell: (model: string, task: string, score: string, error: string | null, questions: string) =>
      `${model}, ${task}: ${score}${error === null ? '' : ` ± ${error}`} points over ${questions} questions`,
    change: (change: string, half: string | null, clear: boolean | null) =>
      `${change}${half === null ? '' : ` ± ${half}`} points against base${clear === null ? '' : clear ? ', clear' : ', within error'}`,
    cellName: (model: string, task: string) => `${model}, ${task}: `,
    open: 'Open its questions',
    best: 'Best of this column',
    none: '–',
    notMeasured: 'not measured',
    published: 'Published',
    publishedHint: (source: string) => source,
    publishedCell: (label: string, task: string, score: string, source: string) =>
      `${label}, ${task}: ${score} points, published in ${source}`,
    publishedNone: {
      limit: 'Published rows are of all questions, so none stands beside a quick look.',
      chat: 'Published rows are without a chat template, so none stands beside these.',
      profile: 'No row was published for this profile in the sources that this program has.',
    },
    mixedData: (tasks: string) =>
      `${tasks}: not all models were measured on the same files, so their scores do not compare. Measure them again with the folder as it is now.`,
  },
  plusMinus: (half: string) => `±${half}`,
  points: 'points of 100',
  clear: 'clear',
  within: 'within error',

  charts: {
    average: 'Average by iteration',
    averageHint: 'points of 100, bars are 95% intervals',
    task: 'By task',
    taskHint: 'points of 100, each chart has its own scale',
    radar: 'Shape',
    radarHint: (low: string, high: string) => `points of 100, from ${low} in the middle to ${high}`,
    radarName: 'Scores by task as a radar chart; the table of scores has the same numbers',
    ringName: (points: string) => `${points}`,
    needAll: 'The average is drawn once a model has all six tasks.',
  },

  standsOut: {
    title: 'What stands out',
    hint: 'The same questions resampled together (paired bootstrap, 95%)',
    beats: (b: string, a: string, by: string, half: string | null) =>
      `${b} beats ${a} by ${by}${half === null ? '' : ` ± ${half}`} points.`,
    falls: (b: string, a: string, by: string, half: string | null) =>
      `${b} is ${by}${half === null ? '' : ` ± ${half}`} points below ${a}.`,
    within: (b: string, a: string, by: string, half: string | null) =>
      `${b} and ${a} are within error: ${by}${half === null ? '' : ` ± ${half}`} points.`,
    on: (task: string, what: string) => `${task}: ${what.charAt(0).toLowerCase()}${what.slice(1)}`,
    measuring: 'Comparing question by question…',
    needTwo: 'Differences appear once two models are measured with the same settings.',
  },

  more: {
    title: 'More of each task',
    hint: 'points of 100, ± one standard error',
    metric: 'Task and metric',
    primary: 'in the table',
    caption: 'Further metrics of each task, by model',
  },
  subjects: {
    title: 'Subjects',
    caption: (task: string) => `${task} by group and subject, by model`,
    name: 'Group and subject',
    questions: 'Questions',
    expand: (name: string) => `Show the subjects of ${name}`,
    collapse: (name: string) => `Hide the subjects of ${name}`,
    hint: 'points of 100, ± one standard error',
  },

  contamination: {
    title: 'Seen in training?',
    hint: (words: number) => `${words} words in a row that a training row and a question share`,
    notChecked: 'Training rows that contain a task’s questions would make its score mean nothing.',
    check: 'Check',
    again: 'Check again',
    stop: 'Stop',
    checking: 'Reading training rows and questions…',
    none: (tasks: string, rows: string) =>
      `${tasks}: no question shares that much with any of ${rows} training rows.`,
    found: (overlapping: string, questions: string, task: string) =>
      `${task}: ${overlapping} of ${questions} questions overlap with training rows.`,
    show: 'Show examples',
    hide: 'Hide examples',
    question: (index: string) => `Question ${index}`,
    row: 'Training row',
    shared: 'Shared words',
  },
  provenance: {
    title: 'Where these come from',
    model: 'Model',
    data: 'Data',
    profile: 'Profile',
    rate: 'Speed',
    rateOf: (requests: string) => `${requests} requests/s`,
    rateTip:
      'Requests as lm-evaluation-harness counts them: one for each choice, one for each generated answer',
    remove: (name: string) => `Remove the evaluation of ${name}…`,
    time: 'Time',
    show: 'Show',
    hide: 'Hide',
  },

  copy: {
    menu: 'Copy and save',
    csv: 'Copy as CSV',
    markdown: 'Copy as Markdown',
    json: (name: string) => `Save results JSON of ${name}…`,
    copied: 'The table was copied',
    saved: (path: string) => `Saved: ${path}`,
    failed: 'It could not be copied or saved',
    task: 'Task',
    stderr: 'standard error',
  },

  ...measuringStrings,
  questions: questionStrings,
} as const
