import { Radio } from '@mantine/core'
import type { Device } from '../../contract/devices.ts'
import { Icon } from '../components/icon.tsx'
import { devicesStrings as words } from '../strings/devices.ts'

/** One device of the machine: chosen by its name, with what is known of it and what is missing. */
export function DeviceItem({
  device,
  isInUse,
  twin,
}: {
  device: Device
  isInUse: boolean
  /** A device above of which the same is missing. */
  twin: Device | null
}) {
  const { id, name, state, memoryBytes, driver, computeCapability, probe, libraries, detail, fix } = device
  const found = libraries.filter(({ path }) => path !== null).length
  return (
    <li>
      <div className="device-head">
        <Radio value={id} label={name} disabled={state !== 'ready'} />
        <span className={`row device-state device-${isInUse ? 'used' : state}`}>
          {state === 'failed' && !isInUse && <Icon name="warning" size={14} />}
          {isInUse ? words.inUse : words.states[state]}
        </span>
      </div>
      <div className="device-about">
        <p className="device-facts number">
          {memoryBytes !== null && <span title={words.memoryHelp}>{words.memory(memoryBytes)}</span>}
          {driver !== null && <span>{words.driver(driver)}</span>}
          {computeCapability !== null && (
            <span title={words.capabilityHelp}>{words.capability(computeCapability)}</span>
          )}
          {probe && (
            <span title={words.rateHelp(probe.size, probe.types.join(', '))}>{words.rate(probe.gflops)}</span>
          )}
          {libraries.length > 0 && (
            <span title={libraries.map(({ what, file, path }) => words.library(what, file, path)).join('\n')}>
              {words.libraries(found, libraries.length)}
            </span>
          )}
        </p>
        {twin ? (
          <p className="hint">{words.sameMissing(twin.name)}</p>
        ) : (
          <>
            {detail && <p className="hint">{detail}</p>}
            {fix && <p className="device-fix">{fix}</p>}
          </>
        )}
      </div>
    </li>
  )
}
