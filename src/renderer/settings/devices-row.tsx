import { Button, Radio } from '@mantine/core'
import { useState } from 'react'
import type { Preferences } from '../../contract/app.ts'
import type { DeviceList } from '../../contract/devices.ts'
import { Strip } from '../components/sections.tsx'
import { devicesStrings as words } from '../strings/devices.ts'
import { useStream } from '../use-main.ts'
import { CudaSetupLine } from './cuda-setup.tsx'
import { DeviceItem } from './device-item.tsx'
import { SettingRow } from './setting-row.tsx'

/** Which device engines compute on, of those that the machine has, each with what is missing; measured when asked for. */
export function DevicesRow({
  value,
  onChange,
}: {
  /** null = the program chooses. */
  value: Preferences['device']
  onChange: (device: Preferences['device']) => void
}) {
  const [measure, setMeasure] = useState(false)
  const [version, setVersion] = useState(0)
  return (
    <SettingRow
      label={words.label}
      about={words.about}
      control={
        <Button variant="default" disabled={measure} onClick={() => setMeasure(true)}>
          {words.measure}
        </Button>
      }
    >
      <Devices
        key={`${measure} ${version}`}
        measure={measure}
        value={value}
        onChange={onChange}
        onSetUp={() => setVersion((before) => before + 1)}
      />
    </SettingRow>
  )
}

const newest = (_: DeviceList | null, list: DeviceList): DeviceList => list
/** The radio button of no device. */
const byItself = 'default'

function Devices({
  measure,
  value,
  onChange,
  onSetUp,
}: {
  measure: boolean
  value: Preferences['device']
  onChange: (device: Preferences['device']) => void
  onSetUp: () => void
}) {
  const { value: list, problem } = useStream('devices', { measure }, newest)
  if (problem) return <Strip kind="error">{problem}</Strip>
  if (!list) return <p className="hint">{words.looking}</p>
  const { choice, inUseId } = list
  return (
    <>
      <Radio.Group
        aria-label={words.choose}
        value={value ?? byItself}
        onChange={(id) => onChange(id === byItself ? null : id)}
      >
        <ul className="device-list">
          <li>
            <Radio value={byItself} label={words.byItself} description={words.byItselfAbout} />
          </li>
          {list.devices.map((device) => (
            <DeviceItem key={device.id} device={device} isInUse={device.id === inUseId} />
          ))}
          {value !== null && !list.devices.some(({ id }) => id === value) && (
            <li>
              <Radio value={value} label={words.gone(value)} disabled />
            </li>
          )}
        </ul>
      </Radio.Group>
      {list.canSetUpCuda && <CudaSetupLine onDone={onSetUp} />}
      {choice.notice !== null && <Strip kind="warning">{choice.notice}</Strip>}
      <p className="hint" role="status">
        {list.measuring
          ? words.measuring
          : inUseId === null || choice.id === inUseId
            ? words.computesOn(choice.name, choice.why)
            : words.computesLater(choice.name, choice.why)}
      </p>
    </>
  )
}
