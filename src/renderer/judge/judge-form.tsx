import { Button, NumberInput, PasswordInput, Select, Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Judging } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { judgeStrings } from '../strings/judge.ts'
import { useAction, useCall, useMain } from '../use-main.ts'
import { CostTable } from './cost-table.tsx'
import { Elsewhere } from './elsewhere.tsx'
import { endpointOf, type JudgeFields, pricesOf, useJudgeCost, useJudgeFields } from './use-judge.ts'

const words = judgeStrings.ask

/** Which judge, with which key, and what it costs: before anything is sent. */
export function JudgeForm({ judging }: { judging: Judging }) {
  const client = useMain()
  const action = useAction()
  const { fields, set } = useJudgeFields(judging)
  const [key, setKey] = useState('')
  const [shows, setShows] = useState(false)
  const { cost, problem } = useJudgeCost(judging, fields)
  const baseUrl = fields.baseUrl.trim()
  const { value: known } = useCall('judgeKeyHeld', { baseUrl }, judging.state)
  const blocked =
    baseUrl === '' ? words.blocked.address : fields.model.trim() === '' ? words.blocked.model : null
  const begin = (): void =>
    action.run(async () => {
      if (!fields.fromVariable && key !== '') {
        await client.call('setJudgeKey', { baseUrl, key })
        setKey('') // it is held by the program now, not by the page
      }
      await client.call('beginJudging', {
        id: judging.id,
        endpoint: endpointOf(fields),
        prices: pricesOf(fields),
        keyVariable: fields.fromVariable ? fields.keyVariable.trim() : null,
      })
    })
  const isComplete = cost !== null && cost.requests === 0
  return (
    <>
      <Section title={words.title} hint={words.hint}>
        <div className="judge-fields">
          <TextInput
            label={words.address}
            description={words.addressHelp}
            placeholder={words.addressExample}
            value={fields.baseUrl}
            onChange={({ currentTarget }) => set({ baseUrl: currentTarget.value })}
          />
          <TextInput
            label={words.model}
            description={words.modelHelp}
            value={fields.model}
            onChange={({ currentTarget }) => set({ model: currentTarget.value })}
          />
          {fields.fromVariable ? (
            <TextInput
              label={words.keyVariable}
              description={words.keyVariableHelp}
              value={fields.keyVariable}
              onChange={({ currentTarget }) => set({ keyVariable: currentTarget.value })}
            />
          ) : (
            <PasswordInput
              label={words.key}
              description={known?.held ? words.keyHeldHelp : words.keyHelp}
              placeholder={known?.held ? words.keyHeld : undefined}
              autoComplete="off"
              value={key}
              onChange={({ currentTarget }) => setKey(currentTarget.value)}
            />
          )}
          <Switch
            className="judge-switch"
            size="xs"
            label={words.keyFrom}
            checked={fields.fromVariable}
            onChange={({ currentTarget }) => set({ fromVariable: currentTarget.checked })}
          />
          <Price name="priceIn" label={words.priceIn} fields={fields} set={set} />
          <Price name="priceOut" label={words.priceOut} fields={fields} set={set} />
          {shows && <MoreFields fields={fields} set={set} />}
        </div>
        <Button mt={12} variant="subtle" onClick={() => setShows(!shows)} aria-expanded={shows}>
          {shows ? words.less : words.more}
        </Button>
      </Section>
      <CostTable cost={cost} problem={problem} judging={judging}>
        {action.problem && <Strip kind="error">{action.problem}</Strip>}
        <div className="row judge-start">
          <Button
            leftSection={<Icon name="play" />}
            disabled={blocked !== null || !cost || isComplete}
            loading={action.busy}
            onClick={begin}
          >
            {!cost && !blocked && !problem
              ? words.counting
              : isComplete
                ? words.complete
                : words.begin(whole(cost?.requests ?? 0))}
          </Button>
          {blocked && <span className="hint">{blocked}</span>}
        </div>
      </CostTable>
      <Elsewhere judging={judging} fields={fields} />
    </>
  )
}

interface FieldsProps {
  fields: JudgeFields
  set: (change: Partial<JudgeFields>) => void
}

function Price({ name, label, fields, set }: FieldsProps & { name: 'priceIn' | 'priceOut'; label: string }) {
  return (
    <NumberInput
      label={label}
      description={words.priceHelp}
      min={0}
      value={fields[name] ?? ''}
      onChange={(value) => set({ [name]: typeof value === 'number' ? value : null })}
    />
  )
}

function MoreFields({ fields, set }: FieldsProps) {
  return (
    <>
      <NumberInput
        label={words.temperature}
        description={words.temperatureHelp}
        min={0}
        max={2}
        step={0.1}
        value={fields.temperature ?? ''}
        onChange={(value) => set({ temperature: typeof value === 'number' ? value : null })}
      />
      <NumberInput
        label={words.maxTokens}
        min={16}
        allowDecimal={false}
        value={fields.maxTokens}
        onChange={(value) => typeof value === 'number' && set({ maxTokens: Math.max(16, value) })}
      />
      <Select
        label={words.tokenField}
        description={words.tokenFieldHelp}
        allowDeselect={false}
        data={['max_tokens', 'max_completion_tokens']}
        value={fields.tokenLimitField}
        onChange={(value) =>
          value !== null && set({ tokenLimitField: value as JudgeFields['tokenLimitField'] })
        }
      />
      <NumberInput
        label={words.concurrency}
        min={1}
        max={64}
        allowDecimal={false}
        value={fields.concurrency}
        onChange={(value) =>
          typeof value === 'number' && set({ concurrency: Math.min(64, Math.max(1, value)) })
        }
      />
      <NumberInput
        label={words.timeout}
        min={1}
        max={3600}
        value={fields.timeoutSeconds}
        onChange={(value) =>
          typeof value === 'number' && set({ timeoutSeconds: Math.min(3600, Math.max(1, value)) })
        }
      />
    </>
  )
}
