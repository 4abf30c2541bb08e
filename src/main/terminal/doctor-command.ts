import { homedir } from 'node:os'
import type { Device, DeviceList } from '../../contract/devices.ts'
import { defaultDataDir } from '../data-dir.ts'
import { deviceParts } from '../devices/device-parts.ts'
import { listDevices } from '../devices/list-devices.ts'
import { describeMachine } from '../machine.ts'
import type { Command } from './command.ts'
import { deviceAsked, deviceOptions } from './device-option.ts'
import { flag } from './option-kinds.ts'
import { option, readOptions } from './options.ts'

const options = {
  measure: option(flag(), {
    placeholder: '',
    help: 'Measures each device for two seconds (--measure=false: only looks).',
    default: true,
  }),
  ...deviceOptions,
  json: option(flag(), { placeholder: '', help: 'Writes the list as JSON.', default: false }),
}

/** What this machine can compute on, and what is missing. */
export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'shows what this machine can compute on, and what is missing',
  usage: '[--measure=false] [--device ID] [--json]',
  options,
  async run({ display, signal }, argv) {
    const { measure, json, ...values } = readOptions(argv, options, 'doctor').values
    const asked = deviceAsked(values)
    const parts = deviceParts({ measure, asked: () => asked, inUseId: null, dataDir: defaultDataDir() })
    let list: DeviceList | null = null
    for await (const found of listDevices(parts, signal)) list = found
    if (!list) return
    if (json) return display.line(JSON.stringify(list, null, 2))
    const machine = describeMachine(homedir())
    const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
    display.line(
      `${machine.platform}; memory ${gigabytes(machine.memoryBytes)}, ${gigabytes(machine.freeMemoryBytes)} free; disk ${gigabytes(machine.freeDiskBytes)} free`,
    )
    for (const device of list.devices) for (const line of deviceText(device)) display.line(line)
    const { id, name, why, notice } = list.choice
    display.line('')
    if (notice !== null) display.line(`note: ${notice}`)
    display.line(`computes on: ${id} (${name}). ${why}`)
  },
}

export function deviceText(device: Device): string[] {
  const { id, name, state, memoryBytes, driver, computeCapability, probe, libraries, detail, fix } = device
  const facts = [
    memoryBytes === null ? '' : `${(memoryBytes / 1e9).toFixed(1)} GB`,
    driver === null ? '' : `driver ${driver}`,
    computeCapability === null ? '' : `compute ${computeCapability}`,
    probe === null ? '' : `${probe.gflops.toFixed(1)} GFLOP/s (f32, ${probe.size}³)`,
    probe === null ? '' : `types ${probe.types.join(', ')}`,
  ].filter(Boolean)
  return [
    '',
    `${id}  ${name}  [${state}]`,
    ...(facts.length === 0 ? [] : [`  ${facts.join('; ')}`]),
    ...(detail === '' ? [] : [`  ${detail}`]),
    ...libraries.map(
      ({ what, file, path }) =>
        `  ${path === null ? 'missing' : 'found  '}  ${what} (${file})${path === null ? '' : `: ${path}`}`,
    ),
    ...(fix === null ? [] : [`  ${fix}`]),
  ]
}
