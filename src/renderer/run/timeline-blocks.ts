import type { PlannedStage, RunView } from '../../contract/app.ts'
import { duration } from '../components/numbers.ts'
import { compared } from '../runs/run-score.ts'
import { runStrings as words } from '../strings/run.ts'
import { scoreStrings } from '../strings/scores.ts'
import { currentStage, phaseOf, type RunPhase } from './run-phase.ts'

export type StageLook = 'done' | 'running' | 'paused' | 'failed' | 'pending'

export interface TimelineStage {
  name: PlannedStage['name']
  label: string
  look: StageLook
  /** 0–1 of the stage that is begun. */
  share: number | null
  time: string
  /** Seconds that its width stands for. */
  weight: number
}

export interface TimelineBlock {
  iteration: number
  title: string
  look: StageLook
  score: string
  tag: string | null
  stages: TimelineStage[]
}

/** Iteration × stage. */
export function timelineBlocks(view: RunView): TimelineBlock[] {
  const phase = phaseOf(view.run, view.pausing)
  const current = currentStage(view)
  const known = view.stages
    .map(({ expectedSeconds }) => expectedSeconds)
    .filter((seconds) => seconds !== null)
  const usual = known.length > 0 ? known.reduce((sum, seconds) => sum + seconds, 0) / known.length : 1
  const iterations = [...new Set(view.stages.map(({ iteration }) => iteration))]
  return iterations.map((iteration) => {
    const own = view.stages.filter((stage) => stage.iteration === iteration)
    const stages = merged(own).map((stage): TimelineStage => {
      const isCurrent =
        current?.iteration === iteration &&
        (current.name === stage.name ||
          (current.name in goesWith && goesWith[current.name as keyof typeof goesWith] === stage.name))
      const look = lookOf(stage, isCurrent, phase)
      return {
        name: stage.name,
        label: words.stages[isCurrent && current ? current.name : stage.name],
        look,
        share: look === 'done' || look === 'pending' ? null : stage.share,
        time: timeOf(stage, look),
        weight: Math.max(stage.expectedSeconds ?? usual, stage.seconds),
      }
    })
    return {
      iteration,
      title: words.iterationName(iteration),
      look:
        stages.find(({ look }) => look !== 'done' && look !== 'pending')?.look ??
        (stages.every(({ look }) => look === 'done') ? 'done' : 'pending'),
      score: scoreOf(view, iteration),
      tag: tagOf(view, iteration, phase),
      stages,
    }
  })
}

/** Gathering goes with generating, reading the dataset with the base's evaluation: both take seconds beside them. */
const goesWith = { gather: 'generate', reformat: 'evaluate' } as const

function merged(stages: readonly PlannedStage[]): PlannedStage[] {
  const isSmall = (name: PlannedStage['name']): name is keyof typeof goesWith => name in goesWith
  return stages
    .filter(({ name }) => !isSmall(name))
    .map((stage) => {
      const small = stages.find(({ name }) => isSmall(name) && goesWith[name] === stage.name)
      if (!small) return stage
      const isDone = stage.state === 'done' && small.state === 'done'
      return {
        ...stage,
        state: isDone ? 'done' : stage.state === 'done' ? small.state : stage.state,
        seconds: stage.seconds + small.seconds,
        expectedSeconds: sum(stage.expectedSeconds, small.expectedSeconds),
        secondsLeft: sum(stage.secondsLeft, small.secondsLeft),
      }
    })
}

const sum = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b)

function lookOf({ state, seconds }: PlannedStage, isCurrent: boolean, phase: RunPhase): StageLook {
  if (state === 'done') return 'done'
  if (!isCurrent) return 'pending'
  if (phase === 'live' || phase === 'pausing') return 'running'
  if (phase === 'failed') return 'failed'
  return seconds > 0 ? 'paused' : 'pending'
}

function timeOf({ seconds, secondsLeft, expectedSeconds }: PlannedStage, look: StageLook): string {
  if (look === 'done') return duration(seconds)
  if (look === 'failed') return words.stoppedShort
  if (look === 'paused') return words.pausedShort
  if (look === 'running') return secondsLeft === null ? words.measuring : words.left(secondsLeft)
  return expectedSeconds === null ? '' : words.expected(expectedSeconds)
}

function scoreOf({ run }: RunView, iteration: number): string {
  const score = iteration === -2 ? run.sft : run.scores.find((one) => one.iteration === iteration)
  const value = score && compared(run, score)
  if (value === null || value === undefined) return ''
  const base = run.scores.find((one) => one.iteration === -1)
  const from = base && compared(run, base)
  const gain = iteration === -1 || from === null || from === undefined ? null : value - from
  return scoreStrings.both(value, gain, run.score)
}

function tagOf({ bestSoFar, run }: RunView, iteration: number, phase: RunPhase): string | null {
  if (bestSoFar === null || bestSoFar !== iteration || run.scores.length < 2) return null
  return phase === 'finished' ? words.best : words.bestSoFar
}
