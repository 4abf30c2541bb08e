import type { RunForecast } from '../../contract/app/projects.ts'
import type { LiveProgress, PlannedStage, StageSummary } from '../../contract/app/runs.ts'
import type { LoopPlan, StageName } from '../../contract/loop.ts'
import { baseIteration, sftIteration } from '../../contract/project.ts'
import { stepsOf } from '../../contract/stage-costs.ts'

export interface StageFacts {
  plan: LoopPlan
  /** Whether the dataset is reformatted by the loop. */
  imports: boolean
  trainRows: number | null
  testRows: number | null
  recorded: readonly StageSummary[]
  progress: LiveProgress | null
  /** Answers of an iteration that are saved, and the last step that is recorded of it. */
  savedRows: (iteration: number) => { train: number; test: number }
  lastStep: (iteration: number) => { step: number; totalSteps: number } | null
  /** null = nothing was forecast. */
  forecast: RunForecast | null
}

const iterationStages = ['generate', 'gather', 'finetune', 'evaluate'] as const
/** Younger rates are noise. */
const shortestMeasureSeconds = 10
/** Of a stage: what came before is loading, and tells nothing of the rest. */
const smallestShare = 0.02
/** Plain SFT reads one answer a row instead of two, and scores no opponent. */
const sftShare = 0.5

/**
 * Every stage of the plan in the order of the loop, with what it is expected to take: from the same stage of earlier
 * iterations in proportion to its work, from its own pace while it runs, from the forecast otherwise.
 */
export function plannedStages(facts: StageFacts): PlannedStage[] {
  const { plan, imports, recorded } = facts
  const keys: { iteration: number; name: StageName }[] = [
    ...(imports ? [{ iteration: baseIteration, name: 'reformat' as const }] : []),
    { iteration: baseIteration, name: 'evaluate' },
    ...plan.iterations.flatMap((_, iteration) => iterationStages.map((name) => ({ iteration, name }))),
    ...(plan.compareSft
      ? (['finetune', 'evaluate'] as const).map((name) => ({ iteration: sftIteration, name }))
      : []),
  ]
  const planned: PlannedStage[] = []
  for (const key of keys) {
    const row = recorded.find(({ iteration, name }) => iteration === key.iteration && name === key.name)
    const { state, seconds } = row ?? { state: 'pending' as const, seconds: 0 }
    if (state === 'done') {
      planned.push({ ...key, state, seconds, expectedSeconds: seconds, secondsLeft: 0, share: 1 })
      continue
    }
    const expected = expectedSeconds(facts, planned, key)
    const counted = countedShare(facts, key)
    const secondsLeft = leftOf(facts, key, seconds, { expected, counted })
    const whole = secondsLeft === null ? expected : seconds + secondsLeft
    planned.push({
      ...key,
      state,
      seconds,
      expectedSeconds: whole,
      secondsLeft,
      share: counted ?? (whole !== null && whole > 0 ? Math.min(0.99, seconds / whole) : null),
    })
  }
  return planned
}

/** From the stages before it, in the proportion of the forecast or of their work; else the forecast itself. */
function expectedSeconds(
  { plan, trainRows, forecast }: StageFacts,
  before: readonly PlannedStage[],
  key: Key,
): number | null {
  const { iteration, name } = key
  if (name === 'gather') return lastLike(before, name)?.expectedSeconds ?? 1
  if (iteration === sftIteration && name === 'finetune') return sftSeconds(before, forecast)
  const told = forecast && forecastOf(forecast, key)
  const like = lastLike(before, name)
  if (!like || like.expectedSeconds === null) return told
  const toldOfLike = forecast && forecastOf(forecast, like)
  if (told && toldOfLike) return (like.expectedSeconds * told) / toldOfLike
  const work = workOf(plan, iteration, name, trainRows)
  return (like.expectedSeconds * work) / workOf(plan, like.iteration, name, trainRows)
}

/** As many steps as all iterations together. */
function sftSeconds(before: readonly PlannedStage[], forecast: RunForecast | null): number | null {
  const trained = before.filter((stage) => stage.name === 'finetune').map((stage) => stage.expectedSeconds)
  const toldOfAll = forecast?.iterations.reduce((sum, { finetune }) => sum + finetune, 0)
  const share = forecast?.sft && toldOfAll ? forecast.sft.finetune / toldOfAll : sftShare
  return trained.includes(null)
    ? null
    : share * trained.reduce<number>((sum, seconds) => sum + (seconds ?? 0), 0)
}

function forecastOf({ base, iterations, sft }: RunForecast, { iteration, name }: Key): number | null {
  // The rows were read before the plan was made, and are taken as they are.
  if (name === 'reformat') return 1
  if (iteration === baseIteration) return base
  const stages: Partial<Record<StageName, number>> | null =
    iteration === sftIteration ? sft : (iterations[iteration] ?? null)
  return stages?.[name] ?? null
}

const lastLike = (before: readonly PlannedStage[], name: StageName): PlannedStage | undefined =>
  before.findLast((stage) => stage.name === name && stage.expectedSeconds !== null)

/** Pairs that training sees; other stages do the same work in every iteration. */
function workOf(plan: LoopPlan, iteration: number, name: StageName, trainRows: number | null): number {
  const planned = plan.iterations[iteration]
  if (name !== 'finetune' || !planned) return 1
  const { training, currentFraction, previousFraction } = planned
  const pairs = (trainRows ?? 1e6) * (currentFraction + (iteration > 0 ? previousFraction : 0))
  return Math.max(1, stepsOf(training, pairs)) * training.batchSize
}

interface Key {
  iteration: number
  name: StageName
}

const isAt = (progress: LiveProgress | null, { iteration, name }: Key): boolean =>
  progress?.iteration === iteration && progress.stage === name

/** Rows and steps are counted; the passes of other stages are not alike. */
function countedShare(facts: StageFacts, key: Key): number | null {
  const { progress, trainRows, testRows } = facts
  const live = isAt(progress, key) ? progress : null
  if (key.name === 'generate' && trainRows !== null && testRows !== null) {
    const saved = facts.savedRows(key.iteration)
    const isTest = saved.train >= trainRows
    const reported = live ? (isTest ? trainRows : 0) + live.done : 0
    const done = Math.max(reported, saved.train + saved.test)
    return Math.min(1, done / Math.max(1, trainRows + testRows))
  }
  if (key.name === 'finetune') {
    const last =
      live?.unit === 'steps' ? { step: live.done, totalSteps: live.total } : facts.lastStep(key.iteration)
    return last && last.totalSteps > 0 ? last.step / last.totalSteps : null
  }
  return null
}

function leftOf(
  facts: StageFacts,
  key: Key,
  seconds: number,
  { expected, counted }: { expected: number | null; counted: number | null },
): number | null {
  const { progress, trainRows, testRows } = facts
  const isMeasured = seconds >= shortestMeasureSeconds
  const rest =
    expected !== null
      ? Math.max(0, expected - seconds)
      : isMeasured && counted !== null && counted > smallestShare
        ? (seconds * (1 - counted)) / counted
        : null
  if (!progress || !isAt(progress, key)) return rest
  const { done, total, rate, unit } = progress
  if (!rate || total <= 0 || !isMeasured) return rest
  const paced = (total - done) / rate
  if (key.name === 'finetune' && unit === 'steps') return paced
  // The held-out prompts are answered after the others, at the same pace.
  if (key.name === 'generate') {
    const isTest = trainRows !== null && facts.savedRows(key.iteration).train >= trainRows
    return paced + (isTest ? 0 : (testRows ?? 0) / rate)
  }
  // Stages of several passes: the pace is that of one of them.
  return rest === null ? null : Math.max(rest, paced)
}
