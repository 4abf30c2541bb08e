import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { RunSummary, StarterCard } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { fileSize, duration, parameterCount, whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { homeStrings } from '../strings/home.ts'
import { useCall } from '../use-main.ts'

const words = homeStrings.starter

/** What the starter does and needs, before a click. */
export function StarterSection({
  blocked,
  runs,
  onStart,
}: {
  blocked: boolean
  runs: readonly RunSummary[]
  onStart: () => void
}) {
  const { value: starter, problem } = useCall('starter', {})
  const seconds = starter && lastSeconds(runs, starter.iterations)
  const found = problem ?? starter?.problem
  return (
    <Section
      title={words.title}
      hint={seconds == null ? words.hintUnknown : words.hint(duration(seconds))}
      actions={
        <Button
          variant="default"
          leftSection={<Icon name="play" />}
          disabled={!starter?.available || blocked}
          onClick={onStart}
        >
          {words.start}
        </Button>
      }
    >
      {starter?.available && <p className="secondary starter-words">{sentence(starter)}</p>}
      {found && <Strip kind="warning">{found}</Strip>}
      {starter?.available && <StarterFacts starter={starter} seconds={seconds ?? null} />}
    </Section>
  )
}

export function StarterFacts({ starter, seconds }: { starter: StarterCard; seconds: number | null }) {
  const { modelBytes, trainRows, iterations } = starter
  return (
    <div className="facts number">
      <Fact name={words.model}>{modelBytes === null ? '' : words.modelFact(fileSize(modelBytes))}</Fact>
      <Fact name={words.dataset}>{trainRows === null ? '' : words.datasetFact(whole(trainRows))}</Fact>
      <Fact name={words.plan}>{words.planFact(iterations)}</Fact>
      <Fact name={words.run}>{seconds === null ? words.runUnknown : words.runFact(duration(seconds))}</Fact>
      <Fact name={words.results}>{words.resultsFact}</Fact>
    </div>
  )
}

const sentence = ({ parameters, trainRows, iterations }: StarterCard): string =>
  words.words(
    parameters === null ? words.few : parameterCount(parameters),
    trainRows === null ? words.few : whole(trainRows),
    iterations,
  )

/** The shortest that the starter's whole loop took here: one that was paused says nothing of the machine. */
function lastSeconds(runs: readonly RunSummary[], iterations: number): number | null {
  const took = runs.flatMap(({ model, state, startedAt, finishedAt, plannedIterations }) =>
    model === homeStrings.starterModel &&
    state === 'finished' &&
    plannedIterations === iterations &&
    startedAt !== null &&
    finishedAt !== null
      ? [(finishedAt - startedAt) / 1000]
      : [],
  )
  return took.length === 0 ? null : Math.min(...took)
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <strong>{name}</strong>
      <div className="hint">{children}</div>
    </div>
  )
}
