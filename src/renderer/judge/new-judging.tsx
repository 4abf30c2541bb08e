import { Button, Checkbox, NumberInput, Radio, Select } from '@mantine/core'
import { useState } from 'react'
import type { JudgingsView } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { Section, Strip } from '../components/sections.tsx'
import { baseIteration } from '../results/model-name.ts'
import { judgeStrings } from '../strings/judge.ts'
import { useAction, useMain } from '../use-main.ts'
import { nameOf } from './model-words.ts'
import { QuestionsChoice } from './questions-choice.tsx'

const words = judgeStrings.choose
const modes = ['pairwise', 'single'] as const
type Mode = (typeof modes)[number]

/** Who answers which questions, and how that is to be judged. The judge comes when the answers are there. */
export function NewJudging({ view, onStarted }: { view: JudgingsView; onStarted: (id: number) => void }) {
  const client = useMain()
  const action = useAction()
  const there = view.models.filter(({ exists }) => exists).map(({ iteration }) => iteration)
  const [mode, setMode] = useState<Mode>('pairwise')
  const [iterations, setIterations] = useState<number[]>(there.filter((one) => one !== baseIteration))
  const [baseline, setBaseline] = useState(there.includes(baseIteration) ? baseIteration : there[0]!)
  const [file, setFile] = useState<{ own: boolean; path: string | null }>({ own: true, path: null })
  const [limit, setLimit] = useState<number | null>(null)
  const [maxNewTokens, setMaxNewTokens] = useState<number>(1024)
  const answering = new Set(mode === 'pairwise' ? [...iterations, baseline] : iterations)
  const blocked =
    iterations.length === 0
      ? words.blocked.none
      : mode === 'pairwise' && answering.size < 2
        ? words.blocked.pair
        : !file.own && file.path === null
          ? words.blocked.file
          : null
  const start = (): void =>
    action.run(async () => {
      const { id } = await client.call('startJudging', {
        runId: view.runId,
        iterations: iterations.toSorted((a, b) => a - b),
        mode,
        baseline: mode === 'pairwise' ? baseline : null,
        questionsPath: file.own ? null : file.path,
        limit,
        maxNewTokens,
      })
      onStarted(id)
    })
  return (
    <>
      {action.problem && <Strip kind="error">{action.problem}</Strip>}
      <Section title={words.how}>
        <Radio.Group aria-label={words.how} value={mode} onChange={(value) => setMode(value as Mode)}>
          {modes.map((value) => (
            <Radio
              key={value}
              size="xs"
              mt={8}
              value={value}
              label={judgeStrings.modes[value]}
              description={judgeStrings.modeHelp[value]}
            />
          ))}
        </Radio.Group>
        {mode === 'pairwise' && (
          <Select
            mt={12}
            w={240}
            label={words.baseline}
            allowDeselect={false}
            data={there.map((one) => ({ value: String(one), label: nameOf(one) }))}
            value={String(baseline)}
            onChange={(value) => value !== null && setBaseline(Number(value))}
          />
        )}
      </Section>
      <Section title={words.models} hint={words.modelsHint}>
        <ul className="judge-models">
          {view.models.map(({ iteration, exists }) => (
            <li key={iteration}>
              <Checkbox
                size="xs"
                label={nameOf(iteration)}
                description={exists ? undefined : words.gone}
                disabled={!exists || (mode === 'pairwise' && iteration === baseline)}
                checked={answering.has(iteration)}
                onChange={({ currentTarget: { checked } }) =>
                  setIterations(
                    checked ? [...iterations, iteration] : iterations.filter((one) => one !== iteration),
                  )
                }
              />
            </li>
          ))}
        </ul>
      </Section>
      <QuestionsChoice file={file} onChange={setFile} />
      <Section name={words.limit}>
        <div className="judge-fields">
          <NumberInput
            label={words.limit}
            description={words.limitHelp}
            min={1}
            allowDecimal={false}
            value={limit ?? ''}
            onChange={(value) => setLimit(typeof value === 'number' ? value : null)}
          />
          <NumberInput
            label={words.longest}
            description={words.longestHelp}
            min={16}
            max={32_768}
            allowDecimal={false}
            thousandSeparator=","
            value={maxNewTokens}
            onChange={(value) => typeof value === 'number' && setMaxNewTokens(value)}
          />
        </div>
        <div className="row judge-start">
          <Button
            leftSection={<Icon name="play" />}
            disabled={blocked !== null}
            loading={action.busy}
            onClick={start}
          >
            {words.start(answering.size)}
          </Button>
          {blocked && <span className="hint">{blocked}</span>}
        </div>
      </Section>
    </>
  )
}
