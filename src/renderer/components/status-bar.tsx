import type { HomeView, Telemetry } from '../../contract/app.ts'
import { go } from '../navigation.tsx'
import { windowStrings as words } from '../strings/window.ts'
import { useStream } from '../use-main.ts'
import { Icon } from './icon.tsx'
import { duration, gigabytes } from './numbers.ts'
import { RunningMark, StateMark } from './run-state.tsx'

const newest = (_before: Telemetry | null, event: Telemetry): Telemetry => event

/** The same on every page: the running job is never lost from sight. */
export function StatusBar({ home }: { home: HomeView | null }) {
  const { value: telemetry } = useStream('telemetry', {}, newest)
  return (
    <footer className="status-bar">
      {(home?.evaluation || home?.judging) && !home.liveRun && !home.starting ? null : <Job home={home} />}
      {home?.evaluation && <Evaluation evaluation={home.evaluation} />}
      {home?.judging && <Judging judging={home.judging} />}
      {telemetry && <Machine telemetry={telemetry} />}
    </footer>
  )
}

function Job({ home }: { home: HomeView | null }) {
  const live = home?.runs.find(({ id }) => id === home.liveRun)
  // The newest run, where it ended before its end: nothing else would say so on other pages.
  const [last] = home?.runs ?? []
  const broken = !live && last && (last.state === 'failed' || last.state === 'running') ? last : null
  const run = live ?? broken
  if (!home || !run || home.starting)
    return (
      <span className="row">
        <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
          <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" strokeWidth="1.4" />
        </svg>
        {home?.starting ? words.starting : words.noJob}
      </span>
    )
  const { projectId } = run
  return (
    <button
      type="button"
      className="link row"
      onClick={() => go({ name: 'project', projectId, step: 'run' })}
    >
      <StateMark run={run} />
      <strong>{words.run(run.id)}</strong>
      <span className="number">{live ? progressOf(home) : endOf(run)}</span>
    </button>
  )
}

/** "Benchmarks Iteration 2 61% · 5 min left" */
function Evaluation({ evaluation }: { evaluation: NonNullable<HomeView['evaluation']> }) {
  const { projectId, iteration } = evaluation
  return (
    <button
      type="button"
      className="link row"
      onClick={() => go({ name: 'project', projectId, step: 'benchmarks' })}
    >
      <RunningMark />
      <strong>{words.job.benchmarks}</strong>
      <span className="number">{`${words.job.iteration(iteration)}${howFar(evaluation)}`}</span>
    </button>
  )
}

/** "Judging Iteration 2 answering 61% · 5 min left" */
function Judging({ judging }: { judging: NonNullable<HomeView['judging']> }) {
  const { projectId, iteration } = judging
  const doing = iteration === null ? words.job.verdicts : words.job.answering(words.job.iteration(iteration))
  return (
    <button
      type="button"
      className="link row"
      onClick={() => go({ name: 'project', projectId, step: 'judge' })}
    >
      <RunningMark />
      <strong>{words.job.judging}</strong>
      <span className="number">{`${doing}${howFar(judging)}`}</span>
    </button>
  )
}

/** " 61% · 5 min left" */
function howFar({ share, secondsLeft }: { share: number | null; secondsLeft: number | null }): string {
  const part = share === null ? '' : ` ${words.job.percent(share)}`
  return `${part} · ${secondsLeft === null ? words.job.measuring : words.job.left(duration(secondsLeft))}`
}

/** "Iteration 2 of 0–3, training 61% · 2 h 44 min left" */
function progressOf({ progress, estimate, pausing, runs, liveRun }: HomeView): string {
  const planned = runs.find(({ id }) => id === liveRun)?.plannedIterations ?? 1
  const share = estimate?.stageShare
  const at = progress
    ? `${words.job.of(progress.iteration, planned - 1)}, ${words.job.doing[progress.stage]}${
        share === null || share === undefined ? '' : ` ${words.job.percent(share)}`
      }`
    : words.job.between
  const left = estimate?.secondsLeft
  const time = left === null || left === undefined ? words.job.measuring : words.job.left(duration(left))
  return `${at} · ${pausing ? words.job.pausing : time}`
}

function endOf({ state, errorCode }: HomeView['runs'][number]): string {
  if (state === 'running') return words.job.interrupted
  const why = words.job.why[errorCode ?? '']
  return why ? words.job.stoppedBy(why) : words.job.stopped
}

function Machine({ telemetry }: { telemetry: Telemetry }) {
  const { gpus, processorLoad, usedMemoryBytes, memoryBytes, freeDiskBytes } = telemetry
  const percent = (load: number): string => `${Math.round(100 * load)}%`
  return (
    <span className="right number">
      {gpus.map((gpu) => (
        <span key={gpu.name} className="row">
          <Icon name="monitor" size={14} />
          <span>
            {words.gpuLoad(
              gpu.name.replace(/^NVIDIA (GeForce )?/, ''),
              gpu.load === null ? '–' : percent(gpu.load),
            )}
          </span>
          {gpu.usedBytes !== null && gpu.totalBytes !== null && (
            <span>{words.gpuMemory((gpu.usedBytes / 1e9).toFixed(1), gigabytes(gpu.totalBytes))}</span>
          )}
          {gpu.temperatureCelsius !== null && <span>{words.celsius(gpu.temperatureCelsius)}</span>}
        </span>
      ))}
      {gpus.length === 0 && processorLoad !== null && (
        <span className="row">
          <Icon name="monitor" size={14} />
          {words.processor(percent(processorLoad))}
        </span>
      )}
      <span>{words.memory((usedMemoryBytes / 1e9).toFixed(1), gigabytes(memoryBytes))}</span>
      <span>{words.diskFree(gigabytes(freeDiskBytes))}</span>
    </span>
  )
}
