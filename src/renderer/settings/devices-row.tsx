import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Device, DeviceList } from '../../contract/devices.ts'
import { Strip } from '../components/sections.tsx'
import { devicesStrings as words } from '../strings/devices.ts'
import { useStream } from '../use-main.ts'
import { SettingRow } from './setting-row.tsx'

/** What the machine can compute on, each with what is missing; measured when asked for. */
export function DevicesRow() {
  const [measure, setMeasure] = useState(false)
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
      <Devices key={String(measure)} measure={measure} />
    </SettingRow>
  )
}

const newest = (_: DeviceList | null, list: DeviceList): DeviceList => list

function Devices({ measure }: { measure: boolean }) {
  const { value: list, problem } = useStream('devices', { measure }, newest)
  if (problem) return <Strip kind="error">{problem}</Strip>
  if (!list) return <p className="hint">{words.looking}</p>
  const chosen = list.devices.find(({ id }) => id === list.chosenId)
  return (
    <>
      <ul className="device-list">
        {list.devices.map((device) => (
          <DeviceItem key={device.id} device={device} />
        ))}
      </ul>
      <p className="hint" role="status">
        {list.measuring ? words.measuring : chosen && words.computesOn(chosen.name, list.why)}
      </p>
    </>
  )
}

function DeviceItem({ device }: { device: Device }) {
  const { name, state, memoryBytes, driver, computeCapability, probe, libraries, detail, fix } = device
  const found = libraries.filter(({ path }) => path !== null).length
  return (
    <li>
      <div className="device-head">
        <strong>{name}</strong>
        <span className={`device-state device-${state}`}>{words.states[state]}</span>
      </div>
      <p className="device-facts number">
        {memoryBytes !== null && <span title={words.memoryHelp}>{words.memory(memoryBytes)}</span>}
        {driver !== null && <span>{words.driver(driver)}</span>}
        {computeCapability !== null && <span>{words.capability(computeCapability)}</span>}
        {probe && (
          <span title={words.rateHelp(probe.size, probe.types.join(', '))}>{words.rate(probe.gflops)}</span>
        )}
        {libraries.length > 0 && (
          <span title={libraries.map(({ what, file, path }) => words.library(what, file, path)).join('\n')}>
            {words.libraries(found, libraries.length)}
          </span>
        )}
      </p>
      <p className="hint">{detail}</p>
      {fix && <p className="device-fix">{fix}</p>}
    </li>
  )
}
