import { Button, Radio } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { Preferences } from '../../contract/app.ts'
import type { Device, DeviceList } from '../../contract/devices.ts'
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
  /** How often they were looked at, and whether this look measures. */
  const [look, setLook] = useState({ count: 0, measure: false })
  const [isMeasuring, setMeasuring] = useState(false)
  const lookAgain = (measure: boolean): void => {
    setLook(({ count }) => ({ count: count + 1, measure }))
    setMeasuring(measure)
  }
  return (
    <SettingRow
      label={words.label}
      about={words.about}
      control={
        <Button variant="default" disabled={isMeasuring} onClick={() => lookAgain(true)}>
          {words.measure}
        </Button>
      }
    >
      <Devices
        key={look.count}
        measure={look.measure}
        value={value}
        onChange={onChange}
        onSetUp={() => lookAgain(false)}
        onMeasured={() => setMeasuring(false)}
      />
    </SettingRow>
  )
}

const lacksTheSame = (one: Device, other: Device): boolean =>
  one.state === 'incomplete' && other.detail === one.detail && other.fix === one.fix

const newest = (_: DeviceList | null, list: DeviceList): DeviceList => list
/** The radio button of no device. */
const byItself = 'default'

function Devices({
  measure,
  value,
  onChange,
  onSetUp,
  onMeasured,
}: {
  measure: boolean
  value: Preferences['device']
  onChange: (device: Preferences['device']) => void
  onSetUp: () => void
  onMeasured: () => void
}) {
  const { value: list, problem } = useStream('devices', { measure }, newest)
  const tellMeasured = useRef(onMeasured)
  useEffect(() => {
    tellMeasured.current = onMeasured
  })
  const isOver = problem !== null || list?.measuring === false
  useEffect(() => {
    if (isOver) tellMeasured.current()
  }, [isOver])
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
          {list.devices.map((device, i) => (
            <DeviceItem
              key={device.id}
              device={device}
              isInUse={device.id === inUseId}
              twin={list.devices.slice(0, i).find((other) => lacksTheSame(device, other)) ?? null}
            />
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
          ? measure
            ? words.measuring
            : words.looking
          : inUseId === null || choice.id === inUseId
            ? words.computesOn(choice.name, choice.why)
            : words.computesLater(choice.name, choice.why)}
      </p>
    </>
  )
}
