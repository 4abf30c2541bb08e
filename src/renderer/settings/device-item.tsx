import { Radio } from '@mantine/core'
import type { Device } from '../../contract/devices.ts'
import { devicesStrings as words } from '../strings/devices.ts'

/** One device of the machine: chosen by its name, with what is known of it and what is missing. */
export function DeviceItem({ device, isInUse }: { device: Device; isInUse: boolean }) {
  const { id, name, state, memoryBytes, driver, computeCapability, probe, libraries, detail, fix } = device
  const found = libraries.filter(({ path }) => path !== null).length
  return (
    <li>
      <div className="device-head">
        <Radio value={id} label={name} disabled={state !== 'ready'} />
        <span className={`device-state device-${isInUse ? 'used' : state}`}>
          {isInUse ? words.inUse : words.states[state]}
        </span>
      </div>
      <div className="device-about">
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
        {detail && <p className="hint">{detail}</p>}
        {fix && <p className="device-fix">{fix}</p>}
      </div>
    </li>
  )
}
