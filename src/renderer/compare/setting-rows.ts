import type { ComparedRun } from '../../contract/app.ts'
import { duration, fixed, scientific, whole } from '../components/numbers.ts'
import { compareStrings } from '../strings/compare.ts'
import { planStrings } from '../strings/plan.ts'
import { unitStrings } from '../strings/units.ts'
import { comparedScore } from './score-unit.ts'

const words = compareStrings.settings
/** Named as on the Plan page. */
const { options } = planStrings
export type SettingGroup = keyof typeof words.groups

export interface SettingRow {
  group: SettingGroup
  name: string
  /** As a person reads it, a value a run. */
  values: string[]
  differs: boolean
}

/** Settings and results of the runs, one row each. */
export function settingRows(runs: readonly ComparedRun[]): SettingRow[] {
  const row = (group: SettingGroup, name: keyof typeof words.names, value: (run: ComparedRun) => string) => {
    const values = runs.map(value)
    return { group, name: words.names[name], values, differs: new Set(values).size > 1 }
  }
  /** One value, or one for each iteration where they differ. */
  const each = (run: ComparedRun, value: (plan: Iteration) => string): string => {
    const values = run.setup.plan.iterations.map(value)
    return new Set(values).size === 1 ? (values[0] ?? '') : values.join(', ')
  }
  return [
    row('loop', 'model', ({ run }) => run.model),
    row('loop', 'iterations', ({ setup }) => whole(setup.plan.iterations.length)),
    row('loop', 'trainOn', (run) =>
      run.setup.plan.iterations.some(({ previousFraction }) => previousFraction > 0)
        ? words.thisAndPrevious
        : words.thisOnly,
    ),
    row('loop', 'fracLen', ({ setup }) => (setup.plan.fracLen === 0 ? words.all : whole(setup.plan.fracLen))),
    row('loop', 'stopScore', ({ setup }) => options.score[setup.plan.stopRule.score]),
    row('loop', 'patience', ({ setup }) => whole(setup.plan.stopRule.patience)),
    row('training', 'method', (run) => each(run, methodOf)),
    row('training', 'rank', (run) =>
      each(run, ({ training }) => (training.adapter ? whole(training.adapter.rank) : words.off)),
    ),
    row('training', 'lr', (run) => each(run, ({ training }) => scientific(training.optimizer.lr))),
    row('training', 'beta', (run) => each(run, ({ training }) => fixed(training.beta, 2))),
    row('training', 'epochs', (run) => each(run, ({ training }) => shortNumber(training.schedule.stopEpoch))),
    row('training', 'batch', (run) => each(run, ({ training }) => words.pairs(whole(training.batchSize)))),
    row('training', 'maxLength', (run) =>
      each(run, ({ training }) => words.tokens(whole(training.maxLength))),
    ),
    row('training', 'warmup', (run) => each(run, ({ training }) => warmupOf(training.schedule))),
    row('training', 'optimizer', (run) =>
      each(
        run,
        ({ training }) =>
          `${options.optimizer[training.optimizer.kind]}, ${options.stateBits[training.optimizer.stateBits]}`,
      ),
    ),
    row('training', 'precision', (run) => each(run, ({ training }) => training.precision)),
    row('training', 'nll', (run) => each(run, ({ training }) => shortNumber(training.nllWeight))),
    row('training', 'loss', (run) =>
      each(run, ({ training }) => `${training.objective}, ${training.lossType}`),
    ),
    row('training', 'seed', (run) => each(run, ({ training }) => String(training.seed))),
    row('generation', 'limit', (run) =>
      each(run, ({ generation }) => words.tokens(whole(generation.maxNewTokens))),
    ),
    row('generation', 'temperature', (run) =>
      each(run, ({ generation }) => fixed(generation.temperature, 2)),
    ),
    row('generation', 'topP', (run) => each(run, ({ generation }) => fixed(generation.topP, 2))),
    row('generation', 'topK', (run) =>
      each(run, ({ generation }) => (generation.topK === 0 ? words.off : whole(generation.topK))),
    ),
    row('generation', 'format', (run) =>
      each(run, ({ generation }) => words.formats[generation.promptFormat]),
    ),
    row('evaluation', 'heldOut', ({ setup }) =>
      setup.plan.evaluation.limit === 0 ? words.all : whole(setup.plan.evaluation.limit),
    ),
    row('evaluation', 'samples', ({ setup }) => whole(setup.plan.evaluation.samplesPerPrompt)),
    row('data', 'dataset', ({ run }) => run.dataset),
    row('data', 'rows', ({ run }) => (run.trainRows === null ? '–' : whole(run.trainRows))),
    row('result', 'time', ({ seconds }) => duration(seconds)),
    row('result', 'best', ({ run }) =>
      run.best === null ? '–' : run.best < 0 ? compareStrings.base : String(run.best),
    ),
    row('result', 'score', (run) => comparedScore(run) ?? '–'),
  ]
}

type Iteration = ComparedRun['setup']['plan']['iterations'][number]

const methodOf = ({ training: { adapter } }: Iteration): string =>
  words.methods[adapter ? adapter.baseWeights : 'full']

function warmupOf({ warmupSteps, warmupRatio }: Iteration['training']['schedule']): string {
  return warmupSteps === null ? `${shortNumber(100 * warmupRatio)}%` : unitStrings.steps(whole(warmupSteps))
}

const shortNumber = (value: number): string => String(Number(value.toPrecision(3)))
