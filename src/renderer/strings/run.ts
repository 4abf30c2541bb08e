import type { ErrorCode } from '../../contract/errors.ts'
import { duration, when, whole } from '../components/numbers.ts'
import { stateStrings } from './states.ts'

const iterationName = stateStrings.iteration
const named = (iteration: number): string =>
  iteration === -2 ? 'plain SFT' : iteration < 0 ? 'the base' : `iteration ${iteration}`

/** Where the run stands, for sentences about what is safe. */
export interface Whereabouts {
  iteration: number
  stage: 'reformat' | 'generate' | 'gather' | 'finetune' | 'evaluate' | null
  step: number | null
  savedStep: number | null
  savedFractions: number
}

const stoppedWhere = ({ iteration, stage, step }: Whereabouts): string => {
  if (stage === 'finetune' && step !== null) return ` at step ${whole(step)} of ${named(iteration)}`
  if (stage === 'generate') return ` while ${named(iteration)}’s answers were generated`
  if (stage === 'evaluate') return ` while ${named(iteration)} was evaluated`
  return ''
}

/** What can be done about each failure; the engine's own words are shown beside them. */
const failures: Partial<Record<ErrorCode, { what: (at: string) => string; todo: string }>> = {
  DISK_FULL: {
    what: (at) => `The project disk is full, so the run stopped${at}.`,
    todo: 'Free space on this disk, then resume.',
  },
  OUT_OF_MEMORY: {
    what: (at) => `The machine ran out of memory, so the run stopped${at}.`,
    todo: 'Close other programs, then resume. If it stops again, duplicate the project with a smaller micro-batch.',
  },
  ENGINE_CRASHED: {
    what: (at) => `The engine ended unexpectedly${at}.`,
    todo: 'Resume goes on from what is saved.',
  },
  ENGINE_UNAVAILABLE: {
    what: (at) => `The engine ended several times without getting further, so the run stopped${at}.`,
    todo: 'Read the details, close other programs, then resume.',
  },
  GUARD_STOPPED: {
    what: (at) => `A guard stopped training before one usable checkpoint existed${at}.`,
    todo: 'Duplicate the project and lower the learning rate.',
  },
  GATE_STEP0_LOSS: {
    what: () => 'The loss at step 0 is not 0.693: the model and its opponent differ before training.',
    todo: 'Nothing was trained. Read the details, then resume.',
  },
  GATE_EQUAL_PAIRS: {
    what: () => 'Too many generated answers equal the human ones, so there is little to learn from.',
    todo: 'Duplicate the project with a higher temperature, or with other data.',
  },
  GATE_CAPPED: {
    what: () => 'Too many generated answers were cut at the limit of new tokens.',
    todo: 'Duplicate the project with a higher limit.',
  },
  GATE_EMPTY: {
    what: () => 'Too many generated answers are empty.',
    todo: 'Check the chat template on the Model page.',
  },
  NOT_FINITE: {
    what: (at) => `The loss or its gradient became infinite${at}.`,
    todo: 'Duplicate the project with a lower learning rate.',
  },
  TEMPLATE_BROKEN: {
    what: () => 'The model’s chat template fails on this dataset.',
    todo: 'Read the details, repair the template in the model’s folder, then resume.',
  },
  MODEL_BROKEN: {
    what: () => 'The model’s files contradict each other.',
    todo: 'Put the original files back, then resume.',
  },
  FILE_NOT_FOUND: {
    what: () => 'A file that the run needs is not there.',
    todo: 'Put it back, or connect its disk, then resume.',
  },
  FILE_UNREADABLE: {
    what: () => 'A file that the run needs cannot be read.',
    todo: 'Check the disk and the folder’s permissions, then resume.',
  },
  FILE_EXISTS: {
    what: () => 'What the run was started with has changed.',
    todo: 'Put the original back, or duplicate the project.',
  },
  DATASET_EMPTY: {
    what: () => 'No row of the dataset is left.',
    todo: 'Duplicate the project and choose other files.',
  },
  DATASET_UNMAPPED: {
    what: () => 'The dataset’s columns are not known.',
    todo: 'Duplicate the project and say what each column is.',
  },
  BUSY: {
    what: () => 'Another program works on this project.',
    todo: 'Let it finish or stop it, then resume.',
  },
}

/** Words of the Run page. */
export const runStrings = {
  title: (run: number) => `Run ${run}`,
  step: 'Run',
  noRun: 'No run yet',
  noRunHelp: 'A run starts from the plan: it shows first what it will take.',
  toPlan: 'Go to Plan',
  reading: 'Reading the run…',
  iterationName,
  stages: {
    reformat: 'Dataset',
    generate: 'Generate',
    gather: 'Generate',
    finetune: 'Train',
    evaluate: 'Evaluate',
  },
  doing: {
    reformat: 'Reading data',
    generate: 'Generating',
    gather: 'Gathering',
    finetune: 'Training',
    evaluate: 'Evaluating',
  },
  starting: 'Starting',
  pausingTag: 'Pausing',
  started: (at: number) => `Started ${when(at)}.`,
  safeToClose: 'Safe to close the window.',
  nothingRuns: 'Nothing runs until you resume.',
  notStarted: 'Nothing runs until you start it.',
  finishedAt: (at: number) => `Finished ${when(at)}.`,
  measuring: 'Measuring…',
  left: (seconds: number) => `${duration(seconds)} left`,
  leftOnceResumed: (seconds: number) => `${duration(seconds)} left once resumed`,
  doneAbout: (at: number) => `Done about ${when(at)}`,
  soFar: (seconds: number) => `${duration(seconds)} so far`,
  stoppedAt: (at: number) => `Stopped ${when(at)}`,
  took: (seconds: number) => `Took ${duration(seconds)}`,
  pausingAfterStep: (step: number) => `Pausing after step ${whole(step)}…`,
  pausingNow: 'Pausing after what is in flight…',
  pause: 'Pause',
  resume: 'Resume',
  start: 'Start run',
  pauseHint: 'Space',
  toResults: 'See the results',
  cancel: 'Cancel run…',
  cancelTitle: (run: number) => `Cancel run ${run}?`,
  cancelKeeps: (finished: readonly number[]) =>
    finished.length === 0
      ? 'No iteration is finished yet.'
      : finished.length === 1
        ? `Iteration ${finished[0]} stays saved.`
        : `Iterations ${finished.slice(0, -1).join(', ')} and ${finished.at(-1)} stay saved.`,
  cancelPartial: (iteration: number, seconds: number) =>
    `What ${named(iteration)} has so far (${duration(seconds)} of work) stays on disk.`,
  cancelAfter: 'You can still resume the run later, or delete it with its project.',
  keepRunning: 'Keep running',
  keepIt: 'Leave as it is',
  cancelRun: 'Cancel run',
  timeline: 'Iterations and their stages',
  bestSoFar: 'Best so far',
  best: 'Best',
  expected: (seconds: number) => `~${duration(seconds)}`,
  stoppedShort: 'stopped',
  pausedShort: 'paused',
  percent: (share: number) => `${Math.floor(100 * share)}%`,
  announce: (iteration: number, doing: string, percent: number) =>
    `${iterationName(iteration)}, ${doing.toLowerCase()}, ${percent}%`,
  announcePausing: 'Pausing',
  announceWarning: (message: string) => `Warning: ${message}`,

  failure: (code: string | null, at: Whereabouts) => {
    const known = failures[(code ?? 'INTERNAL') as ErrorCode]
    return {
      what: known?.what(stoppedWhere(at)) ?? `The run stopped${stoppedWhere(at)}.`,
      todo: known?.todo ?? 'Read the details, then resume.',
    }
  },
  interrupted: (at: Whereabouts) =>
    `The program or the machine went away, so the run was interrupted${stoppedWhere(at)}.`,
  interruptedTodo: 'Resume goes on from there.',
  cancelled: 'You cancelled this run.',
  cancelledTodo: 'Nothing was deleted: resume it, or delete it with its project on the Runs page.',
  safe: ({ iteration, stage, savedStep, savedFractions }: Whereabouts) => {
    if (stage === 'finetune' && savedStep !== null)
      return savedStep > 0
        ? `Everything up to step ${whole(savedStep)} is saved.`
        : 'The generated answers and everything before are saved.'
    if (stage === 'generate' && savedFractions > 0)
      return `${savedFractions === 1 ? '1 fraction is' : `${savedFractions} fractions are`} saved, and the answers after them.`
    if (iteration > 0 || stage === 'evaluate') return 'Everything that was finished is saved.'
    return 'What was finished is saved.'
  },
  repeats: (steps: number) => `It repeats ${steps === 1 ? '1 step' : `${whole(steps)} steps`}.`,
  details: 'Details',
  hideDetails: 'Hide details',
  showSpace: 'Show what uses space',

  all: 'All iterations',
  one: 'This iteration',
  oneOf: (iteration: number) => `Iteration ${iteration}`,
  scopeName: 'Which iterations the charts show ([ and ] change the iteration)',
  eachStep: 'each step',
  smoothed: (factor: number) => `smoothed, ${factor}`,
  moreCharts: 'More charts',
  fewerCharts: 'Fewer charts',
  chartsName: 'Training curves',
  readingSteps: 'Reading the steps…',
  charts: {
    loss: ['Loss', 'nats'],
    ln2: 'ln 2 = 0.693, no preference yet',
    rewards: ['Rewards', 'nats'],
    human: 'human',
    generated: 'generated',
    margin: ['Margin', 'human − generated, nats'],
    accuracy: ['Reward accuracy', '% of pairs where human wins'],
    coinFlip: '50%, coin flip',
    gradNorm: ['Gradient norm', 'before clipping'],
    lr: ['Learning rate', 'log scale'],
    tokensPerSecond: ['Training speed', 'thousand tokens/s'],
    entropy: ['Entropy', 'next token, nats'],
    kl: ['KL to the opponent', 'nats an answer'],
    nll: ['Human-answer loss', 'nats a token'],
  },

  readouts: {
    name: 'Numbers of this stage',
    of: (total: string) => `of ${total}`,
    step: ['Step', 'Optimizer steps of this iteration.'],
    loss: [
      'Loss',
      'The SPIN term. ln 2 = 0.693 means no preference yet; lower means human answers are preferred.',
    ],
    margin: ['Margin', 'Reward of the human answer minus that of the generated one.'],
    accuracy: ['Accuracy', 'Pairs in which the human answer has the higher reward. 50% is a coin flip.'],
    gradNorm: ['Gradient norm', 'Length of the gradient before it is clipped.'],
    scaledGradNorm: [
      'Gradient norm',
      'Length of the gradient before it is clipped. In f16 the loss is scaled up for it; a step in which it overflows is skipped, and the scale halved.',
    ],
    skipped: (steps: string) => `${steps} skipped`,
    scale: (scale: string) => `Loss scale now: ${scale}`,
    lr: ['Learning rate', 'How far one step moves the weights; it warms up, then falls.'],
    speed: ['Speed', 'Tokens a second over the recent past.'],
    epoch: ['Epoch', 'Passes over the pairs of this iteration.'],
    rows: ['Rows answered', 'Prompts that the opponent has answered.'],
    fraction: ['Fraction', 'Answers are saved in fractions: a stop loses at most one.'],
    heldOut: 'held-out',
    meanLength: ['Mean length', 'Tokens of a generated answer, over the saved fractions.'],
    capped: ['Cut at limit', 'Answers that hit the limit of new tokens, over the saved fractions.'],
    emptyRows: ['Empty', 'Answers without a word, over the saved fractions.'],
    temperature: ['Temperature', 'Of the sampling. Higher answers vary more.'],
    rate: ['Rate', 'Rows a second over the recent past.'],
    engines: ['Engines', 'At work on this stage, of all that have taken part. Each has answered:'],
    engine: (name: string, rows: string, rate: string | null, isOut: boolean) =>
      `${name}: ${rows} rows${isOut ? ', out' : rate === null ? '' : `, ${rate} rows/s`}`,
    doing: ['Now', 'The pass of this stage.'],
    done: ['Done', 'Of this pass.'],
    base: ['Base', 'Score of the model that the run started from.'],
    bestScore: ['Best so far', 'The best score, and whose it is.'],
    bestOf: (unit: string, iteration: number) => `${unit}, ${named(iteration)}`,
    samples: ['Samples', 'Sampled answers to each held-out prompt, beside the greedy one.'],
    score: ['Score', 'Of the best model, on the held-out prompts.'],
    bestModel: ['Best model', 'By the score that the plan compares.'],
    gain: ['Against base', 'Score of the best model minus that of the base.'],
    sft: ['Plain SFT', 'As many steps on the human answers alone: what self-play has to beat.'],
    time: ['Time taken', 'Working time, interruptions not counted.'],
    answers: ['Answers generated', 'By all opponents, for training.'],
    bestMargin: ['Margin', 'Of the best model, on the held-out pairs.'],
    warnings: ['Warnings', 'They are in the events.'],
    tokensPerSecond: 'tokens/s',
    tokens: 'tokens',
    nats: 'nats',
    percent: '%',
    rowsUnit: 'rows',
    rowsPerSecond: 'rows/s',
    perSecond: (unit: string) => `${unit}/s`,
    measuring: 'measuring…',
    stopped: 'stopped',
    unknown: '–',
    aPrompt: 'a prompt',
  },

  answers: 'Generated answers',
  fractionsOf: (count: number, rows: number) =>
    rows === 0
      ? `${count} ${count === 1 ? 'fraction' : 'fractions'}`
      : `${count} ${count === 1 ? 'fraction' : 'fractions'} of ${whole(rows)} rows`,
  fractionRow: (iteration: number, saved: number, planned: number, retried: number) =>
    `Iteration ${iteration}, ${saved} of ${planned} fractions${retried > 0 ? `, ${retried} retried` : ''}`,
  shortIteration: (iteration: number) => `It. ${iteration}`,
  fractionLegend: { saved: 'saved', earlier: 'earlier', now: 'now', retried: 'retried', waiting: 'waiting' },
  fractionsUnknown: 'Appear when the dataset has been read',
  readAnswers: 'Read answers',
  throughput: 'Throughput',
  throughputUnit: (thousands: boolean, span: string | null) =>
    `${thousands ? 'thousand tokens/s' : 'tokens/s'}${span === null ? '' : `, last ${span}`}`,
  throughputNone: 'Appears with the first generated or trained tokens',
  throughputIdle: 'Measured while the run works in this program',
  throughputSummary: (now: string, unit: string) => `Throughput now ${now} ${unit}`,
  now: 'now',
  ago: (seconds: number) =>
    `−${seconds < 100 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`}`,

  events: 'Events',
  noEvents: 'Nothing to note yet',
  noWarnings: 'No warnings',
  eventFilter: (errors: number, warnings: number) =>
    [
      errors > 0 ? `${errors} ${errors === 1 ? 'error' : 'errors'}` : '',
      warnings > 0 ? `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}` : '',
    ]
      .filter(Boolean)
      .join(', '),
  allEvents: 'Show all events',
  eventLevels: { info: 'note', warning: 'warning', error: 'error', good: 'check' },
  loadingOlder: 'Reading older events…',
} as const
