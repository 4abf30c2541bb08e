import { Button, NumberInput, Select } from '@mantine/core'
import { useId, type ReactNode } from 'react'
import type { ChatSettings } from '../../contract/chat-stream.ts'
import { Section } from '../components/sections.tsx'
import { chatStrings as words } from '../strings/chat.ts'

type NumberKey = 'temperature' | 'topP' | 'topK' | 'maxNewTokens' | 'seed'

const numbers: {
  key: NumberKey
  name: string
  hint: string
  min: number
  max: number
  step: number
  decimals: number
  unit?: string
}[] = [
  {
    key: 'temperature',
    name: words.temperature,
    hint: words.temperatureHint,
    min: 0,
    max: 10,
    step: 0.1,
    decimals: 2,
  },
  { key: 'topP', name: words.topP, hint: words.topPHint, min: 0.01, max: 1, step: 0.05, decimals: 2 },
  { key: 'topK', name: words.topK, hint: words.topKHint, min: 0, max: 1_000_000, step: 1, decimals: 0 },
  {
    key: 'maxNewTokens',
    name: words.maxNewTokens,
    hint: words.maxNewTokensHint,
    min: 1,
    max: 1_000_000,
    step: 1,
    decimals: 0,
    unit: words.tokensUnit,
  },
  {
    key: 'seed',
    name: words.seedName,
    hint: words.seedHint,
    min: 0,
    max: 2 ** 31,
    step: 1,
    decimals: 0,
  },
]

/** How answers are sampled: the model's own settings, and what was changed of them. */
export function SamplingPane({
  settings,
  context,
  changes,
  onChange,
  onReset,
  children,
}: {
  settings: ChatSettings
  /** Tokens; an answer can have no more. null = not known yet. */
  context: number | null
  changes: Partial<ChatSettings>
  onChange: (change: Partial<ChatSettings>) => void
  onReset: () => void
  children?: ReactNode
}) {
  const changed = Object.keys(changes).length
  return (
    <>
      <Section
        title={words.sampling}
        name={words.samplingName}
        hint={changed > 0 ? words.changed(changed) : undefined}
        actions={
          changed > 0 ? (
            <Button variant="subtle" onClick={onReset} title={words.resetHint}>
              {words.reset}
            </Button>
          ) : undefined
        }
      >
        {numbers.map(({ key, name, hint, unit, decimals, ...range }) => (
          <Setting key={key} name={name} hint={hint}>
            {(id, describedBy) => (
              <NumberInput
                id={id}
                aria-describedby={describedBy}
                value={settings[key]}
                onChange={(value) => typeof value === 'number' && onChange({ [key]: value })}
                {...range}
                max={key === 'maxNewTokens' && context !== null ? context : range.max}
                decimalScale={decimals}
                clampBehavior="blur"
                size="xs"
                rightSection={unit && <span className="hint">{unit}</span>}
                rightSectionWidth={unit ? 52 : 0}
              />
            )}
          </Setting>
        ))}
        <Setting name={words.promptFormat} hint={words.promptFormatHint}>
          {(id, describedBy) => (
            <Select
              id={id}
              aria-describedby={describedBy}
              data={Object.entries(words.formats).map(([value, label]) => ({ value, label }))}
              value={settings.promptFormat}
              onChange={(value) => value && onChange({ promptFormat: value as ChatSettings['promptFormat'] })}
              allowDeselect={false}
              size="xs"
            />
          )}
        </Setting>
        {changed === 0 && <p className="hint">{words.fromModel}</p>}
      </Section>
      {children}
    </>
  )
}

function Setting({
  name,
  hint,
  children,
}: {
  name: string
  hint: string
  children: (id: string, describedBy: string) => ReactNode
}) {
  const id = useId()
  return (
    <div className="chat-setting">
      <div>
        <label htmlFor={id}>{name}</label>
        <div className="hint" id={`${id}-hint`}>
          {hint}
        </div>
      </div>
      {children(id, `${id}-hint`)}
    </div>
  )
}
