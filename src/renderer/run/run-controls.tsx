import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import type { RunView } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { runStrings as words } from '../strings/run.ts'
import { canResume, currentStage, phaseOf } from './run-phase.ts'
import type { RunActions } from './use-run-actions.ts'

/** Pause and cancel; Resume is the page's primary action. */
export function RunControls({ view, actions }: { view: RunView; actions: RunActions }) {
  const phase = phaseOf(view.run, view.pausing)
  const isRunning = phase === 'live' || phase === 'pausing'
  return (
    <>
      {actions.problem && (
        <span className="run-problem" role="alert">
          {actions.problem}
        </span>
      )}
      {isRunning && (
        <Button
          variant="default"
          leftSection={<Icon name="pause" />}
          loading={phase === 'pausing'}
          title={words.pauseHint}
          onClick={actions.pause}
        >
          {words.pause}
        </Button>
      )}
      {(isRunning || (canResume(phase) && phase !== 'cancelled' && phase !== 'pending')) && (
        <CancelRun view={view} actions={actions} />
      )}
    </>
  )
}

function CancelRun({ view, actions }: { view: RunView; actions: RunActions }) {
  const [isAsking, setIsAsking] = useState(false)
  const { run, stages } = view
  const at = currentStage(view)
  const finished = run.scores.map(({ iteration }) => iteration).filter((iteration) => iteration >= 0)
  const begun = stages
    .filter(({ iteration }) => iteration === at?.iteration)
    .reduce((sum, { seconds }) => sum + seconds, 0)
  return (
    <>
      <Button variant="subtle" color="gray" className="run-cancel" onClick={() => setIsAsking(true)}>
        {words.cancel}
      </Button>
      <Modal opened={isAsking} onClose={() => setIsAsking(false)} title={words.cancelTitle(run.id)} centered>
        <p>
          {words.cancelKeeps(finished)}{' '}
          {at && begun > 0 && !finished.includes(at.iteration) && words.cancelPartial(at.iteration, begun)}
        </p>
        <p className="secondary">{words.cancelAfter}</p>
        <div className="row run-dialog-end">
          <Button variant="default" data-autofocus onClick={() => setIsAsking(false)}>
            {run.live ? words.keepRunning : words.keepIt}
          </Button>
          <Button
            color="red"
            className="run-danger"
            onClick={() => {
              setIsAsking(false)
              actions.cancel()
            }}
          >
            {words.cancelRun}
          </Button>
        </div>
      </Modal>
    </>
  )
}
