import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import type { Judging } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { duration, whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { useReturnFocus } from '../components/use-return-focus.ts'
import { judgeStrings as words } from '../strings/judge.ts'
import { useAction, useMain } from '../use-main.ts'
import { GradeResults } from './grade-results.tsx'
import { JudgeForm } from './judge-form.tsx'
import { StateMark } from './judging-list.tsx'
import { nameOf } from './model-words.ts'
import { PairResults } from './pair-results.tsx'
import { TurnList } from './turn-list.tsx'

/** One judging: where it stands, the judge, and what it said. */
export function JudgingDetail({ judging, onRemoved }: { judging: Judging; onRemoved: () => void }) {
  const { summary, answered } = judging
  return (
    <>
      <Standing judging={judging} onRemoved={onRemoved} />
      {summary && summary.pairs.length > 0 && <PairResults judging={judging} pairs={summary.pairs} />}
      {summary && summary.grades.length > 0 && <GradeResults judging={judging} grades={summary.grades} />}
      {summary && <TurnList judging={judging} />}
      {answered && judging.state !== 'judging' && <JudgeForm judging={judging} />}
    </>
  )
}

function Standing({ judging, onRemoved }: { judging: Judging; onRemoved: () => void }) {
  const { id, state, problem, progress, choice, models, answered, dir } = judging
  const client = useMain()
  const action = useAction()
  const [isRemoving, setRemoving] = useState(false)
  const isAtWork = state === 'waiting' || state === 'answering' || state === 'judging'
  const share = progress && progress.total > 0 ? progress.done / progress.total : null
  return (
    <Section name={words.states[state]}>
      <div className="spread">
        <span>
          <StateMark state={state} />{' '}
          <span className="hint">
            {words.inList(
              words.modes[choice.mode],
              models.map(({ iteration }) => nameOf(iteration)).join(', '),
              whole(judging.questions),
            )}
          </span>
        </span>
        <span className="row">
          {isAtWork && (
            <Button
              variant="default"
              leftSection={<Icon name="pause" />}
              title={state === 'judging' ? words.pauseHelp : undefined}
              onClick={() => action.run(() => client.call('pauseJudging', { id }))}
            >
              {words.pause}
            </Button>
          )}
          {!isAtWork && !answered && (
            <Button
              leftSection={<Icon name="play" />}
              loading={action.busy}
              onClick={() => action.run(() => client.call('resumeAnswers', { id }))}
            >
              {words.resumeAnswers}
            </Button>
          )}
          {!isAtWork && (
            <Button variant="default" leftSection={<Icon name="trash" />} onClick={() => setRemoving(true)}>
              {words.remove}
            </Button>
          )}
        </span>
      </div>
      {share !== null && isAtWork && (
        <div
          className="bar judge-progress"
          role="progressbar"
          aria-label={state === 'judging' ? words.verdictsBar : words.answersBar}
          aria-valuenow={Math.round(100 * share)}
          aria-valuemin={0}
          aria-valuemax={100}
        >
          <div style={{ width: `${100 * share}%` }} />
        </div>
      )}
      {progress && isAtWork && (
        <p className="spread hint number">
          <span>
            {words.progress(progress.stage, whole(progress.done), whole(progress.total), progress.unit)}
          </span>
          {progress.rate !== null && progress.rate > 0 && (
            <span>{words.left(duration((progress.total - progress.done) / progress.rate))}</span>
          )}
        </p>
      )}
      {(action.problem ?? problem) && <Strip kind="error">{action.problem ?? problem}</Strip>}
      <p className="hint judge-dir">{words.folder(dir)}</p>
      {isRemoving && <RemoveJudging id={id} onClose={() => setRemoving(false)} onRemoved={onRemoved} />}
    </Section>
  )
}

function RemoveJudging({
  id,
  onClose,
  onRemoved,
}: {
  id: number
  onClose: () => void
  onRemoved: () => void
}) {
  useReturnFocus()
  const client = useMain()
  const action = useAction()
  const remove = (): void =>
    action.run(async () => {
      await client.call('removeJudging', { id })
      onClose()
      onRemoved()
    })
  return (
    <Modal opened onClose={onClose} title={words.removeTitle} centered size={480}>
      <p>{words.removeWords}</p>
      {action.problem && <Strip kind="error">{action.problem}</Strip>}
      <div className="row judge-dialog-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          {words.keep}
        </Button>
        <Button color="red" loading={action.busy} onClick={remove}>
          {words.removeConfirm}
        </Button>
      </div>
    </Modal>
  )
}
