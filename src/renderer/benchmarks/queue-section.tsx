import { ActionIcon, Tooltip } from '@mantine/core'
import { useState } from 'react'
import type { BenchmarkEvaluation, BenchmarksView } from '../../contract/app/benchmarks.ts'
import { Icon, type IconName } from '../components/icon.tsx'
import { duration, fixed, whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { useAction, useMain } from '../use-main.ts'
import { modelName } from './model-names.ts'
import { queueOf, shareDone } from './queue.ts'
import { RemoveDialog } from './remove-dialog.tsx'
import { settingsName } from './settings-groups.ts'

const words = benchmarksStrings.queue

/** What is measured now, what waits, and what stopped and why. */
export function QueueSection({ view }: { view: BenchmarksView }) {
  const client = useMain()
  const action = useAction()
  const [removing, setRemoving] = useState<BenchmarkEvaluation | null>(null)
  const resume = ({ id }: BenchmarkEvaluation, besideRun: boolean): void =>
    action.run(() => client.call('resumeBenchmark', { id, besideRun }))
  const queue = queueOf(view.evaluations)
  if (queue.length === 0 && !action.problem) return null
  const isOtherRun = view.runningId !== null && !view.evaluations.some(({ id }) => id === view.runningId)
  return (
    <Section title={words.title}>
      {action.problem && <Strip kind="error">{action.problem}</Strip>}
      {isOtherRun && <p className="hint">{words.otherRun}</p>}
      <ul className="bench-queue">
        {queue.map((evaluation) => (
          <li key={evaluation.id}>
            <QueueEntry
              evaluation={evaluation}
              onPause={() => action.run(() => client.call('pauseBenchmark', { id: evaluation.id }))}
              onResume={() => resume(evaluation, evaluation.besideRun)}
              onBeside={() => resume(evaluation, true)}
              onRemove={() => setRemoving(evaluation)}
            />
          </li>
        ))}
      </ul>
      {removing && <RemoveDialog evaluation={removing} onClose={() => setRemoving(null)} />}
    </Section>
  )
}

function QueueEntry({
  evaluation,
  onPause,
  onResume,
  onBeside,
  onRemove,
}: {
  evaluation: BenchmarkEvaluation
  onPause: () => void
  onResume: () => void
  onBeside: () => void
  onRemove: () => void
}) {
  const { state, model, settings, problem, progress, waitsFor, besideRun } = evaluation
  const name = modelName(model.iteration)
  const share = shareDone(evaluation)
  const goesOn = state === 'running' || state === 'waiting'
  return (
    <>
      <div className="spread">
        <span>
          <strong>{name}</strong>{' '}
          <span className={`state ${state === 'failed' ? 'error' : state === 'running' ? 'running' : ''}`}>
            {state === 'failed' && <Icon name="warning" size={12} />}
            {state === 'paused' && <Icon name="pause" size={12} />}
            {words.states[state]}
          </span>
        </span>
        <span className="row">
          {goesOn ? (
            <Act icon="pause" label={words.pause(name)} onClick={onPause} />
          ) : (
            <Act icon="play" label={words.resume(name)} onClick={onResume} />
          )}
          <Act icon="trash" label={words.remove(name)} onClick={onRemove} />
        </span>
      </div>
      <p className="hint">
        {settings.tasks.map(benchmarksStrings.task).join(', ')}. {settingsName(settings)}.
      </p>
      {state === 'waiting' && waitsFor && (
        <p className="hint">
          {words.waitsFor[waitsFor]}{' '}
          {waitsFor === 'run' && (
            <button
              type="button"
              className="link bench-more"
              title={words.besideTip}
              aria-label={words.besideName(name)}
              onClick={onBeside}
            >
              {words.beside}
            </button>
          )}
        </p>
      )}
      {state === 'running' && besideRun && <p className="hint">{words.isBeside}</p>}
      {share !== null && (
        <div
          className="bar"
          role="progressbar"
          aria-label={words.bar(name, whole(100 * share))}
          aria-valuenow={Math.round(100 * share)}
          aria-valuemin={0}
          aria-valuemax={100}
        >
          <div className={state === 'running' ? undefined : 'done'} style={{ width: `${100 * share}%` }} />
        </div>
      )}
      {progress && (
        <p className="hint number">
          {words.progress(progress.stage, whole(progress.done), whole(progress.total), progress.unit)}
        </p>
      )}
      {state === 'running' && <Pace evaluation={evaluation} />}
      {problem && <Strip kind={state === 'failed' ? 'error' : 'info'}>{problem}</Strip>}
    </>
  )
}

function Pace({ evaluation: { progress, secondsLeft } }: { evaluation: BenchmarkEvaluation }) {
  const rate = progress?.rate ?? null
  return (
    <p className="spread hint number">
      <Tooltip label={words.rateTip} multiline w={260}>
        <span tabIndex={0}>
          {progress === null || rate === null
            ? words.measuring
            : words.rate(fixed(rate, rate < 10 ? 1 : 0), progress.unit)}
        </span>
      </Tooltip>
      <span>{secondsLeft === null ? words.measuring : words.left(duration(secondsLeft))}</span>
    </p>
  )
}

function Act({ icon, label, onClick }: { icon: IconName; label: string; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size={24} aria-label={label} onClick={onClick}>
        <Icon name={icon} size={14} />
      </ActionIcon>
    </Tooltip>
  )
}
