import { Button } from '@mantine/core'
import type { Preferences } from '../../contract/app.ts'
import { settingsStrings } from '../strings/settings.ts'
import { SettingRow } from './setting-row.tsx'

const words = settingsStrings.presets

export function SavedPlans({
  presets,
  onChange,
}: {
  presets: Preferences['planPresets']
  onChange: (presets: Preferences['planPresets']) => void
}) {
  return (
    <SettingRow label={words.label} about={words.about}>
      {presets.length === 0 ? (
        <p className="hint">{words.none}</p>
      ) : (
        <ul className="setting-list" aria-label={words.label}>
          {presets.map(({ name, plan }) => (
            <li key={name}>
              <span>{name}</span>
              <span className="hint">{words.facts(plan.iterations.length)}</span>
              <Button
                variant="subtle"
                color="gray"
                aria-label={words.deleteNamed(name)}
                onClick={() => onChange(presets.filter((preset) => preset.name !== name))}
              >
                {words.delete}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </SettingRow>
  )
}
