import { Switch } from '@mantine/core'
import { useId, type ReactNode } from 'react'
import { SettingRow } from './setting-row.tsx'

/** A setting that is on or off. `cannot` = why it is off whatever was set. */
export function SwitchRow({
  label,
  about,
  isOn,
  cannot = null,
  onChange,
  children,
}: {
  label: string
  about: string
  isOn: boolean
  cannot?: string | null
  onChange: (on: boolean) => void
  children?: ReactNode
}) {
  const id = useId()
  return (
    <SettingRow
      label={label}
      about={about}
      id={id}
      control={
        <Switch
          id={id}
          size="sm"
          aria-describedby={`${id}-about`}
          checked={isOn && cannot === null}
          disabled={cannot !== null}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      }
    >
      {cannot !== null && <p className="hint">{cannot}</p>}
      {children}
    </SettingRow>
  )
}
