import { setImmediate as otherWork } from 'node:timers/promises'
import type { ResultTest, ScoreDifference } from '../../contract/app/results.ts'
import { baseIteration } from '../../contract/project.ts'
import { promptScore, type ScoredAnswer, type ScoreName } from '../report/held-out-scores.ts'
import type { MeasuredModel } from './held-out-answers.ts'
import { rememberedOf, scoreInterval } from './score-interval.ts'
import { resultWords as words } from '../../strings/results.ts'

type RunScore = 'sampled' | 'greedy' | 'nll'

/**
 * The tests of a run's held-out evaluation, the stop rule's score first. `inUse` = the iteration that is compared with the base.
 * Between two tests other work has its turn: thousands of answers are resampled for each.
 */
export async function resultTests(
  models: readonly MeasuredModel[],
  score: RunScore,
  inUse: number,
): Promise<ResultTest[]> {
  const [any] = models
  if (!any) return []
  const { samplesPerPrompt, rows } = shapeOf(models)
  const of = { models, inUse, rows, samplesPerPrompt }
  const kinds = [...new Set(models.flatMap(({ evaluation }) => Object.keys(evaluation.byKind)))].toSorted()
  const main: ScoreName = score === 'greedy' || samplesPerPrompt === 0 ? 'greedy' : 'sampled'
  const tests: ResultTest[] = []
  if (samplesPerPrompt > 0) tests.push(await answersTest('sampled', of))
  tests.push(await answersTest('greedy', of))
  for (const kind of kinds) tests.push(await kindTest(kind, main, of))
  tests.push(nllTest(of), plainTest('rewardAccuracy', of))
  return tests
    .filter((test) => Object.keys(test.scores).length > 0)
    .toSorted((a, b) => Number(b.id === score) - Number(a.id === score))
}

interface TestContext {
  models: readonly MeasuredModel[]
  inUse: number
  rows: number
  samplesPerPrompt: number
}

function shapeOf(models: readonly MeasuredModel[]): { samplesPerPrompt: number; rows: number } {
  const samples = models.map(({ answers }) => answers[0]?.sampledValid.length ?? 0)
  const measured = models.some(({ evaluation }) => evaluation.sampled !== null)
  return {
    samplesPerPrompt: Math.max(...samples, measured ? 1 : 0),
    rows: models[0]?.evaluation.rows ?? 0,
  }
}

function answersTest(score: ScoreName, of: TestContext): Promise<ResultTest> {
  const setting =
    score === 'sampled'
      ? words.settings.sampled(of.rows, of.samplesPerPrompt)
      : words.settings.greedy(of.rows)
  return sharesTest({ id: score, name: words.tests[score], setting, score, keep: () => true }, of)
}

function kindTest(kind: string, score: ScoreName, of: TestContext): Promise<ResultTest> {
  const keep = ({ check }: ScoredAnswer): boolean => kindOf(check) === kind
  const rows = of.models[0]?.evaluation.byKind[kind]?.rows ?? 0
  return sharesTest(
    { id: `kind:${kind}`, name: titleCase(kind), setting: words.settings.kind(rows, score), score, keep },
    of,
  )
}

async function sharesTest(
  {
    id,
    name,
    setting,
    score,
    keep,
  }: {
    id: string
    name: string
    setting: string
    score: ScoreName
    keep: (answer: ScoredAnswer) => boolean
  },
  { models, inUse }: TestContext,
): Promise<ResultTest> {
  const scores: ResultTest['scores'] = {}
  for (const { iteration, answers } of models) {
    await otherWork()
    const interval = rememberedOf([answers], id, () => {
      const values = answers.filter(keep).map((answer) => 100 * promptScore(answer, score))
      return values.length === 0 ? null : scoreInterval(values)
    })
    if (interval) scores[iteration] = interval
  }
  return {
    id,
    name,
    setting,
    unit: 'points',
    higherIsBetter: true,
    scores,
    againstBase: compare(models, inUse, baseIteration, score, { id, keep }),
  }
}

/** Paired over the prompts that both answered, in points; null where either has none. */
export function compare(
  models: readonly MeasuredModel[],
  better: number,
  than: number,
  score: ScoreName,
  { id, keep }: { id: string; keep: (answer: ScoredAnswer) => boolean } = { id: score, keep: () => true },
): ScoreDifference | null {
  if (better === than) return null
  const answersOf = (wanted: number) => models.find(({ iteration }) => iteration === wanted)?.answers
  const [left, right] = [answersOf(better), answersOf(than)]
  if (!left || !right) return null
  return rememberedOf([left, right], id, () => paired(left.filter(keep), right, score))
}

/** Of fewer prompts a resampled interval says nothing: that of a single one has no width at all. */
const fewestCompared = 10

function paired(
  better: readonly ScoredAnswer[],
  than: readonly ScoredAnswer[],
  score: ScoreName,
): ScoreDifference | null {
  const other = new Map(than.map((answer) => [answer.id, answer]))
  const pairs = better.flatMap((answer) => {
    const match = other.get(answer.id)
    return match ? [[answer, match] as const] : []
  })
  if (pairs.length === 0) return null
  const { mean, low, high } = scoreInterval(
    pairs.map(([a, b]) => 100 * (promptScore(a, score) - promptScore(b, score))),
  )
  const clear = pairs.length >= fewestCompared && (low > 0 || high < 0)
  return { mean, half: (high - low) / 2, prompts: pairs.length, clear }
}

function nllTest({ models, rows, inUse }: TestContext): ResultTest {
  return {
    id: 'nll',
    name: words.tests.nll,
    setting: words.settings.nll(rows),
    unit: 'nats',
    higherIsBetter: false,
    scores: means(models, ({ evaluation }) => evaluation.heldOutNll),
    againstBase: compareNll(models, inUse, baseIteration),
  }
}

/** Of the recorded means: how much lower the NLL is, nats a token. */
export function compareNll(
  models: readonly MeasuredModel[],
  better: number,
  than: number,
): ScoreDifference | null {
  const evaluationOf = (wanted: number) => models.find(({ iteration }) => iteration === wanted)?.evaluation
  const [a, b] = [evaluationOf(better), evaluationOf(than)]
  if (!a || !b || better === than) return null
  return { mean: b.heldOutNll - a.heldOutNll, half: null, prompts: a.rows, clear: null }
}

function plainTest(field: 'rewardAccuracy', { models }: TestContext): ResultTest {
  return {
    id: field,
    name: words.tests[field],
    setting: words.settings[field],
    unit: 'share',
    higherIsBetter: true,
    scores: means(models, ({ evaluation }) => evaluation[field]),
    againstBase: null,
  }
}

function means(
  models: readonly MeasuredModel[],
  value: (model: MeasuredModel) => number | null,
): ResultTest['scores'] {
  const found: ResultTest['scores'] = {}
  for (const model of models) {
    const mean = value(model)
    if (mean !== null) found[model.iteration] = { mean, low: null, high: null }
  }
  return found
}

/** The first word of a check names its kind: see engine/evaluation/checkers. */
const kindOf = (check: string | null): string => check?.split(/[\s:(]/)[0] ?? ''
const titleCase = (kind: string): string => kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll('-', ' ')
