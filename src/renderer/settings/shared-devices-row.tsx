import { Checkbox, NumberInput } from '@mantine/core'
import { useId, useState } from 'react'
import type { Preferences } from '../../contract/app.ts'
import type { DeviceList } from '../../contract/devices.ts'
import { devicesStrings } from '../strings/devices.ts'
import { useStream } from '../use-main.ts'
import { SettingRow } from './setting-row.tsx'

const words = devicesStrings.shared
const mostProcessors = 8
type Devices = Preferences['devices']

const newest = (_: DeviceList | null, list: DeviceList): DeviceList => list

/** Devices that share a run's work: which cards, and how many engines on the processor. */
export function SharedDevicesRow({
  value,
  onChange,
}: {
  value: Devices
  onChange: (devices: Devices) => void
}) {
  // One alone is no sharing and is not kept, but it is the first of two that are being chosen.
  const [chosen, setChosen] = useState(value)
  const id = useId()
  const { value: list } = useStream('devices', { measure: false }, newest)
  const cards = list?.devices.filter(({ id, state }) => id !== 'cpu' && state === 'ready') ?? []
  const processors = chosen.filter((id) => id === 'cpu').length
  function choose(cardIds: readonly string[], engines: number): void {
    const kept = cardIds.filter((id): id is Devices[number] => id !== 'cpu')
    const devices = [...kept, ...Array<'cpu'>(engines).fill('cpu')]
    setChosen(devices)
    onChange(devices.length > 1 ? devices : [])
  }
  return (
    <SettingRow label={words.label} about={words.about}>
      {cards.length > 0 && (
        <Checkbox.Group
          aria-label={words.cards}
          value={chosen.filter((id) => id !== 'cpu')}
          onChange={(ids) => choose(ids, processors)}
        >
          <div className="shared-cards">
            {cards.map((card) => (
              <Checkbox key={card.id} value={card.id} label={card.name} />
            ))}
          </div>
        </Checkbox.Group>
      )}
      <div className="row">
        <NumberInput
          id={id}
          aria-describedby={`${id}-help`}
          className="shared-processors"
          min={0}
          max={mostProcessors}
          clampBehavior="strict"
          allowDecimal={false}
          value={processors}
          onChange={(engines) => choose(chosen, Number(engines))}
        />
        <label htmlFor={id}>{words.processors}</label>
        <span className="hint" id={`${id}-help`}>
          {words.processorsHelp}
        </span>
      </div>
      <p className="hint" role="status">
        {chosen.length > 1 ? words.together(chosen.length) : words.alone}
      </p>
    </SettingRow>
  )
}
