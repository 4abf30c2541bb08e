import { Button } from '@mantine/core'
import type { Judging, JudgingsView } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { when, whole } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { judgeStrings as words } from '../strings/judge.ts'
import { nameOf } from './model-words.ts'

/** All judgings of the run. */
export function JudgingList({
  view,
  shown,
  onChoose,
}: {
  view: JudgingsView
  shown: number | 'new'
  onChoose: (id: number | 'new') => void
}) {
  return (
    <Section
      title={words.past}
      actions={
        <Button
          variant="default"
          leftSection={<Icon name="plus" />}
          disabled={shown === 'new'}
          onClick={() => onChoose('new')}
        >
          {words.new}
        </Button>
      }
    >
      {view.judgings.length === 0 && <p className="hint">{words.none}</p>}
      <ul className="judge-list">
        {view.judgings.map((judging) => (
          <li key={judging.id}>
            <button
              type="button"
              className="judge-entry"
              aria-current={judging.id === shown ? 'true' : undefined}
              onClick={() => onChoose(judging.id)}
            >
              <span className="spread">
                <StateMark state={judging.state} />
                <span className="hint number">{when(judging.createdAt)}</span>
              </span>
              <span className="hint">
                {words.inList(
                  words.modes[judging.choice.mode],
                  judging.models.map(({ iteration }) => nameOf(iteration)).join(', '),
                  whole(judging.questions),
                )}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Section>
  )
}

export function StateMark({ state }: { state: Judging['state'] }) {
  const isAtWork = state === 'answering' || state === 'judging'
  return (
    <span className={`state ${state === 'failed' ? 'error' : isAtWork ? 'running' : ''}`}>
      {state === 'failed' && <Icon name="warning" size={12} />}
      {state === 'paused' && <Icon name="pause" size={12} />}
      {state === 'done' && <Icon name="check" size={12} />}
      <strong>{words.states[state]}</strong>
    </span>
  )
}
