import { Button } from '@mantine/core'
import type { RunView } from '../../contract/app.ts'
import { clock, duration } from '../components/numbers.ts'
import { progressLine } from '../components/progress-line.ts'
import { Section } from '../components/sections.tsx'
import { go } from '../navigation.tsx'
import { compared, showGain } from '../runs/run-score.ts'
import { homeStrings as words } from '../strings/home.ts'
import { stateStrings } from '../strings/states.ts'
import { useStream } from '../use-main.ts'

type LoopView = Pick<RunView, 'run' | 'stages' | 'estimate' | 'progress' | 'pausing'>

const sftIteration = -2

/** Of the run's stream, all but its curves. */
const withoutSteps = (
  _before: LoopView | null,
  { run, stages, estimate, progress, pausing }: RunView,
): LoopView => ({ run, stages, estimate, progress, pausing })

/** The whole loop as one bar: a part for the base and each iteration, as wide as it takes where that is known. */
export function RunningNow({ runId, projectId }: { runId: number; projectId: string }) {
  const { value } = useStream('run', { runId, steps: false }, withoutSteps)
  const hint = window.desktop ? words.running.hint : words.running.hintBrowser
  if (!value) {
    return (
      <Section title={words.running.title} hint={hint}>
        <div aria-busy="true" />
      </Section>
    )
  }
  const { run, estimate, progress, pausing } = value
  const parts = partsOf(value)
  const share = parts.reduce((sum, part) => sum + part.share * part.weight, 0)
  const weight = parts.reduce((sum, part) => sum + part.weight, 0)
  return (
    <Section title={words.running.title} hint={hint}>
      <div className="running-row">
        <div>
          <div className="spread">
            <span>
              <strong>{words.running.run(run.project, run.id)}</strong>{' '}
              <span className="secondary">
                {pausing ? words.running.pausing : progress ? progressLine(progress) : words.running.between}
              </span>
            </span>
            <span className="secondary number">{endOf(estimate)}</span>
          </div>
          <div
            className="loop-bar"
            role="img"
            aria-label={words.running.bar(`${Math.round((100 * share) / weight)}%`)}
          >
            {parts.map(({ iteration, share: done, weight: width, gain }) => (
              <div key={iteration} className="loop-part" style={{ flex: width }}>
                <div className="bar">
                  <div className={done === 1 ? 'done' : ''} style={{ width: `${done * 100}%` }} />
                </div>
                <span className={`hint number${done > 0 && done < 1 ? ' now' : ''}`}>
                  {iteration === sftIteration ? words.running.sft : stateStrings.iteration(iteration)} {gain}
                </span>
              </div>
            ))}
          </div>
        </div>
        <Button variant="default" onClick={() => go({ name: 'project', projectId, step: 'run' })}>
          {words.running.openNamed(run.id)}
        </Button>
      </div>
    </Section>
  )
}

interface Part {
  iteration: number
  /** 0–1 of its work. */
  share: number
  /** Seconds, or 1 for each part where they are not all known. */
  weight: number
  gain: string
}

function partsOf({ run, stages, progress }: LoopView): Part[] {
  const within = progress && progress.total > 0 ? progress.done / progress.total : 0
  const iterations = [...new Set(stages.map(({ iteration }) => iteration))]
  const parts = iterations.map((iteration) => {
    const own = stages.filter((stage) => stage.iteration === iteration)
    const expected = own.map((stage) => stage.expectedSeconds)
    const seconds = expected.every((value) => value !== null)
      ? expected.reduce((sum, value) => sum + value, 0)
      : null
    const left = own.reduce((sum, stage) => sum + (stage.secondsLeft ?? 0), 0)
    // Without expectations each stage counts alike.
    const doneStages = own.filter(({ state }) => state === 'done').length
    const counted = (doneStages + (progress?.iteration === iteration ? within : 0)) / own.length
    const isDone = own.every(({ state }) => state === 'done')
    const share = isDone ? 1 : seconds ? Math.min(0.99, 1 - left / seconds) : counted
    return { iteration, share, seconds, gain: gainAt(run, iteration) }
  })
  const known = parts.every(({ seconds }) => seconds !== null)
  return parts.map(({ seconds, ...part }) => ({ ...part, weight: known ? Math.max(1, seconds ?? 1) : 1 }))
}

/** Against the base, once it is scored: "+1.0 pts". */
function gainAt(run: RunView['run'], iteration: number): string {
  const of = (wanted: number): number | null => {
    const score = run.scores.find((row) => row.iteration === wanted)
    return score ? compared(run, score) : null
  }
  const [base, here] = [of(-1), of(iteration)]
  return iteration < 0 || base === null || here === null ? '' : showGain(run, here - base)
}

function endOf({ secondsLeft, doneAt }: RunView['estimate']): string {
  if (secondsLeft === null) return words.running.measuring
  const time = duration(secondsLeft)
  return doneAt === null ? words.running.left(time) : words.running.done(clock(doneAt), time)
}
