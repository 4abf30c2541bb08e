import { Menu, SegmentedControl } from '@mantine/core'
import type { FittedPreset, PlanDifference, PlanValue, Preferences } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { whole } from '../components/numbers.ts'
import { planStrings as words } from '../strings/plan.ts'
import { useAction, useMain, useStream } from '../use-main.ts'
import type { PlanEditor } from './use-plan-editor.ts'

const { presets } = words
const shownDifferences = 2
const fitted: readonly FittedPreset[] = ['quick', 'workstation', 'official']

/** Which preset, and what differs from it. */
export function PresetLine({ editor }: { editor: PlanEditor }) {
  const { preset } = editor.document.plan
  const differences = editor.check?.differences ?? []
  return (
    <div className="plan-preset-line">
      <SegmentedControl
        size="xs"
        aria-label={presets.name}
        data={[
          ...fitted.map((name) => ({ value: name, label: presets[name] })),
          ...(preset === 'custom' ? [{ value: 'custom', label: presets.custom }] : []),
        ]}
        value={preset}
        disabled={editor.readOnly}
        onChange={(name) => name !== 'custom' && editor.usePreset(name as FittedPreset)}
      />
      {!editor.readOnly && <SavedPresets editor={editor} />}
      <p className="secondary plan-preset-words" aria-live="polite">
        {presets.about[preset]} <Changes differences={differences} />
      </p>
      {!editor.readOnly && preset !== 'custom' && differences.length > 0 && (
        <button
          type="button"
          className="link plan-link"
          title={presets.resetHint}
          onClick={() => editor.usePreset(preset)}
        >
          {presets.reset}
        </button>
      )}
    </div>
  )
}

function Changes({ differences }: { differences: readonly PlanDifference[] }) {
  if (differences.length === 0) return null
  const named = differences.slice(0, shownDifferences).map((difference) => inWords(difference))
  const more = differences.length - named.length
  if (more > 0) named.push(presets.andMore(more))
  return (
    <>
      <strong>{presets.changes(differences.length)}</strong> {named.join(', ')}.
    </>
  )
}

function inWords({ path, value }: PlanDifference): string {
  const [, iteration, rest] = /^plan\.iterations\.(\d+|\*)\.(.+)$/.exec(path) ?? [null, null, path]
  const key = rest!.replace(/^plan\./, '')
  const name = words.differences[key] ?? key
  const text = `${name} ${valueInWords(key, value)}`
  return iteration === null || iteration === '*' ? text : words.differenceIn(text, iteration!)
}

function valueInWords(key: string, value: PlanValue): string {
  if (value === null) return words.nothing
  if (typeof value === 'boolean') return value ? words.on : words.off
  if (typeof value === 'string')
    return key === 'method' ? words.options.method[value as keyof typeof words.options.method] : value
  if (key.endsWith('lr') || key === 'sftLr') return value.toExponential(1)
  return Number.isInteger(value) ? whole(value) : String(value)
}

const newest = (_before: Preferences | null, event: Preferences): Preferences => event

function SavedPresets({ editor }: { editor: PlanEditor }) {
  const client = useMain()
  const { value: preferences } = useStream('preferences', {}, newest)
  const deleting = useAction()
  const saved = preferences?.planPresets ?? []
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <button type="button" className="link plan-link plan-saved">
          {presets.saved}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {saved.length === 0 && <Menu.Item disabled>{presets.none}</Menu.Item>}
        {saved.map(({ name, plan }) => (
          <Menu.Item key={name} onClick={() => editor.replace({ ...editor.document, plan })}>
            {name}
          </Menu.Item>
        ))}
        {saved.length > 0 && <Menu.Divider />}
        {saved.map(({ name }) => (
          <Menu.Item
            key={name}
            leftSection={<Icon name="trash" />}
            closeMenuOnClick={false}
            onClick={() => deleting.run(() => client.call('deletePlanPreset', { name }))}
          >
            {presets.delete(name)}
          </Menu.Item>
        ))}
        {deleting.problem && <p className="hint plan-problem">{deleting.problem}</p>}
      </Menu.Dropdown>
    </Menu>
  )
}
