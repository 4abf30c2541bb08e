import { Button, SegmentedControl, Select } from '@mantine/core'
import { useState } from 'react'
import type { JudgedTurn, Judging } from '../../contract/app.ts'
import { fixed, whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { judgeStrings } from '../strings/judge.ts'
import { useCall } from '../use-main.ts'
import { nameOfId } from './model-words.ts'
import { TurnDialog } from './turn-dialog.tsx'

const words = judgeStrings.turns
const shownAtOnce = 50
type Filter = keyof typeof words.filters

/** Every judged turn of a model; each opens the texts and the judge's words. */
export function TurnList({ judging }: { judging: Judging }) {
  const { summary, choice } = judging
  const isPair = choice.mode === 'pairwise'
  const models = (isPair ? summary?.pairs : summary?.grades)?.map(({ model }) => model) ?? []
  const [chosen, setChosen] = useState<string | null>(null)
  const model = chosen ?? models.at(-1) ?? null
  if (model === null) return null
  return (
    <Section
      title={words.title}
      actions={
        models.length > 1 && (
          <Select
            aria-label={words.of}
            w={200}
            allowDeselect={false}
            data={models.map((value) => ({ value, label: nameOfId(judging, value) }))}
            value={model}
            onChange={setChosen}
          />
        )
      }
    >
      <Turns key={model} judging={judging} modelId={model} isPair={isPair} />
    </Section>
  )
}

function Turns({ judging, modelId, isPair }: { judging: Judging; modelId: string; isPair: boolean }) {
  const version = `${judging.judge} ${judging.spent?.replies}`
  const { value, problem } = useCall('judgedTurns', { id: judging.id, modelId }, version)
  const [filter, setFilter] = useState<Filter>('all')
  const [shown, setShown] = useState(shownAtOnce)
  const [open, setOpen] = useState<JudgedTurn | null>(null)
  if (problem) return <Strip kind="error">{problem}</Strip>
  if (!value) return <p className="hint" aria-busy="true" />
  const filters = (Object.keys(words.filters) as Filter[]).filter(
    (name) => isPair || name === 'all' || name === 'unreadable',
  )
  const kept = value.turns.filter(
    ({ outcome, state }) =>
      filter === 'all' || (filter === 'unreadable' ? state === 'unreadable' : outcome === filter),
  )
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label={words.show}
        data={filters.map((name) => ({ value: name, label: words.filters[name] }))}
        value={filter}
        onChange={(name) => setFilter(name as Filter)}
      />
      {kept.length === 0 ? (
        <p className="hint">{words.none}</p>
      ) : (
        <table className="list judge-turns" aria-label={words.table}>
          <thead>
            <tr>
              <th scope="col">{words.question}</th>
              <th scope="col" className="end">
                {words.outcome}
              </th>
            </tr>
          </thead>
          <tbody>
            {kept.slice(0, shown).map((turn) => (
              <tr key={`${turn.question_id} ${turn.turn}`}>
                <td>
                  <button type="button" className="link judge-question" onClick={() => setOpen(turn)}>
                    <span className="hint">{placeOf(turn)}</span>
                    <span className="judge-text">{turn.text}</span>
                  </button>
                </td>
                <td className="end number">
                  <Outcome turn={turn} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {kept.length > shown && (
        <Button variant="default" mt={8} onClick={() => setShown(shown + 4 * shownAtOnce)}>
          {words.more(whole(kept.length - shown))}
        </Button>
      )}
      {open && (
        <TurnDialog
          judging={judging}
          modelId={modelId}
          turn={open}
          title={placeOf(open)}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  )
}

const placeOf = ({ question_id, category, turn }: JudgedTurn): string =>
  words.place(String(question_id), category, turn)

function Outcome({ turn: { outcome, agreed, score, state } }: { turn: JudgedTurn }) {
  if (state === 'open' || state === 'unreadable') return <span className="hint">{words.states[state]}</span>
  if (score !== null) return <>{words.score(fixed(score, Number.isInteger(score) ? 0 : 1))}</>
  if (outcome === null) return null
  return (
    <>
      <span className={`judge-outcome ${outcome}`}>{words.outcomes[outcome]}</span>
      {state === 'identical' && <span className="hint judge-aside">{words.states.identical}</span>}
      {agreed === false && <span className="hint judge-aside">{words.disagreed}</span>}
    </>
  )
}
