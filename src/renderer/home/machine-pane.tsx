import { ActionIcon } from '@mantine/core'
import { useState } from 'react'
import type { MachineCard, MachineCheck } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { clock, fixed } from '../components/numbers.ts'
import { Strip } from '../components/sections.tsx'
import { largestModel } from '../model/memory-need.ts'
import { homeStrings } from '../strings/home.ts'
import { useAction, useCall, useMain, useStream } from '../use-main.ts'
import { CheckRow } from './check-row.tsx'

const words = homeStrings.machine

/** Verdict first, then each check with its value, a fix beside what needs one. */
export function MachinePane() {
  const [round, setRound] = useState(0)
  return (
    <section className="section" aria-label={words.title}>
      <div className="spread section-head">
        <h2>{words.title}</h2>
        <ActionIcon
          variant="subtle"
          size={28}
          color="gray"
          aria-label={words.again}
          title={words.again}
          onClick={() => setRound(round + 1)}
        >
          <Icon name="refresh" />
        </ActionIcon>
      </div>
      <Checks key={round} onChanged={() => setRound(round + 1)} />
    </section>
  )
}

interface Round {
  checks: MachineCheck[]
  startedAt: number
  lastAt: number
}

/** Each check keeps its place; the time of the first and the last event is when the round began and ended. */
function addCheck(before: Round | null, check: MachineCheck): Round {
  const now = Date.now()
  const checks = before?.checks ?? []
  const isKnown = checks.some(({ id }) => id === check.id)
  return {
    checks: isKnown ? checks.map((old) => (old.id === check.id ? check : old)) : [...checks, check],
    startedAt: before?.startedAt ?? now,
    lastAt: now,
  }
}

function Checks({ onChanged }: { onChanged: () => void }) {
  const { value: round, problem } = useStream('machineCheck', {}, addCheck)
  const { value: machine } = useCall('machine', {})
  const client = useMain()
  const action = useAction()
  if (problem) return <Strip kind="error">{problem}</Strip>
  if (!round) return <p className="hint">{words.checking}</p>
  const isDone = round.checks.every(({ state }) => state !== 'running')
  const keepAwake = (): void =>
    action.run(async () => {
      await client.call('setPreferences', { keepAwake: true })
      onChanged()
    })
  return (
    <>
      <p className="machine-verdict secondary" title={words.verdictHelp} role="status">
        {isDone && machine ? <Verdict machine={machine} checks={round.checks} /> : words.checking}
      </p>
      <dl className="machine-checks number">
        {round.checks.map((check) => (
          <CheckRow key={check.id} check={check} />
        ))}
      </dl>
      {round.checks.map(
        ({ id, state, fix }) =>
          fix && (
            <Strip key={id} kind={state === 'problem' ? 'error' : 'warning'}>
              {fix.text}{' '}
              {fix.action === 'keep-awake' && (
                <button type="button" className="link" onClick={keepAwake}>
                  {words.keepAwake}
                </button>
              )}
            </Strip>
          ),
      )}
      {action.problem && <Strip kind="error">{action.problem}</Strip>}
      {isDone && (
        <p className="hint number machine-foot">
          {words.checked(clock(round.lastAt), fixed((round.lastAt - round.startedAt) / 1000, 1))}
        </p>
      )}
    </>
  )
}

/** The largest models that fit the memory, by the rule of `memory-need.ts`; or what stands in the way. */
function Verdict({ machine, checks }: { machine: MachineCard; checks: readonly MachineCheck[] }) {
  const problems = checks.filter(({ state }) => state === 'problem')
  if (problems.length > 0)
    return `${words.notReady} ${problems.map(({ label, value }) => `${label} ${value}`).join(', ')}`
  const full = largestModel('full', machine.memoryBytes)
  const lora = largestModel('lora', machine.memoryBytes)
  if (lora === 0) return words.tooSmall
  const [before, count, after] =
    full === 0 ? words.readyLora(words.count(lora)) : words.ready(words.count(full), words.count(lora))
  return (
    <>
      {before}
      <strong>{count}</strong>
      {after}
    </>
  )
}
