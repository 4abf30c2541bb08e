import { Button, Select } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { JudgingsView } from '../../contract/app.ts'
import type { PreferenceResult } from '../../contract/engine.ts'
import { fixed, whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { baseIteration } from '../results/model-name.ts'
import { judgeStrings } from '../strings/judge.ts'
import { messageOf, useMain } from '../use-main.ts'
import { nameOf } from './model-words.ts'
import { Fact } from './pair-results.tsx'

const words = judgeStrings.logProb

type State =
  | { kind: 'idle' }
  | { kind: 'counting'; what: string }
  | { kind: 'failed'; problem: string }
  | { kind: 'done'; result: PreferenceResult }

/** Whose answers are the more probable ones: a comparison without a judge, and said to be no more. */
export function LogProbSection({ view }: { view: JudgingsView }) {
  const client = useMain()
  const iterations = view.models
    .filter(({ iteration, exists }) => exists && iteration !== baseIteration)
    .map(({ iteration }) => iteration)
  const [iteration, setIteration] = useState<number | null>(iterations.at(-1) ?? null)
  const [state, setState] = useState<State>({ kind: 'idle' })
  const abort = useRef<AbortController | null>(null)
  useEffect(() => () => abort.current?.abort(), [])
  if (iteration === null) return null

  async function count(of: number): Promise<void> {
    const stop = new AbortController()
    abort.current = stop
    setState({ kind: 'counting', what: words.starting })
    try {
      const events = client.stream(
        'logProbPreference',
        { runId: view.runId, iteration: of },
        { signal: stop.signal },
      )
      for await (const event of events) {
        if (event.kind === 'progress') {
          const { stage, done, total, unit } = event
          setState({
            kind: 'counting',
            what: judgeStrings.progress(stage, whole(done), whole(total), unit),
          })
        } else if (event.kind === 'done') setState({ kind: 'done', result: event })
      }
    } catch (error) {
      if (!stop.signal.aborted) setState({ kind: 'failed', problem: messageOf(error) })
    }
  }

  return (
    <Section title={words.title}>
      <p className="hint">{words.help}</p>
      <div className="row judge-pick">
        <Select
          aria-label={words.of}
          allowDeselect={false}
          data={iterations.map((one) => ({ value: String(one), label: nameOf(one) }))}
          value={String(iteration)}
          onChange={(value) => {
            if (value === null) return
            setIteration(Number(value))
            setState({ kind: 'idle' })
          }}
        />
        <Button variant="default" loading={state.kind === 'counting'} onClick={() => void count(iteration)}>
          {words.count}
        </Button>
      </div>
      {state.kind === 'counting' && (
        <p className="hint number" role="status">
          {state.what}
        </p>
      )}
      {state.kind === 'failed' && <Strip kind="error">{state.problem}</Strip>}
      {state.kind === 'done' && <Rates result={state.result} name={nameOf(iteration)} />}
    </Section>
  )
}

function Rates({ result, name }: { result: PreferenceResult; name: string }) {
  return (
    <>
      {result.against.map((one) => (
        <div key={one.opponent} className="judge-pair">
          <strong>{words.against[one.opponent](name)}</strong>
          <dl className="judge-facts number">
            <Fact
              name={words.controlled}
              tip={words.controlledTip(fixed(one.lengthControlled.slope, 2))}
              value={rate(one.lengthControlled)}
            />
            <Fact name={words.raw} tip={words.rawTip(whole(one.pairs), whole(one.ties))} value={rate(one)} />
            <Fact name={words.byBase} tip={words.byTip} value={percent(one.byBase)} />
            <Fact name={words.byModel} tip={words.byTip} value={percent(one.byModel)} />
            <Fact
              name={words.tokens}
              tip={words.tokensTip}
              value={words.lengths(fixed(one.meanTokens, 1), fixed(one.meanTokensOpponent, 1))}
            />
          </dl>
        </div>
      ))}
    </>
  )
}

const percent = (value: number): string => words.percent(fixed(100 * value, 1))
const rate = ({ winRate, interval }: { winRate: number; interval: { low: number; high: number } }): string =>
  words.rate(fixed(100 * winRate, 1), fixed(100 * interval.low, 0), fixed(100 * interval.high, 0))
