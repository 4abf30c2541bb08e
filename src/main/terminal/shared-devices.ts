import { AppError } from '../../contract/errors.ts'
import { engineDevices } from '../engines/engine-device.ts'
import { integer, text } from './option-kinds.ts'
import { option } from './options.ts'
import { UsageError } from './usage-error.ts'

export const sharedDeviceOptions = {
  devices: option(text(), {
    placeholder: 'LIST',
    help: 'Devices that work together, an engine on each: cuda:0,cuda:1 or cpu,cpu. They share the answers of "generate" and the steps of LoRA.',
    default: null,
    defaultText: 'one',
  }),
  engines: option(integer(1), {
    placeholder: 'N',
    help: 'So many engines on the processor instead, which divide its cores.',
    default: 1,
  }),
}

/** Names of the devices that were asked for; none = the one that is used anyway. Throws UsageError. */
export function sharedDevices(
  { devices, engines }: { devices: string | null; engines: number },
  command: string,
): string[] {
  if (devices !== null && engines > 1)
    throw new UsageError('--devices and --engines both say how many engines; give one of them.', command)
  const names = devices?.split(',').map((name) => name.trim()) ?? []
  if (devices === null) return engines > 1 ? Array<string>(engines).fill('cpu') : []
  try {
    engineDevices(names)
  } catch (error) {
    if (error instanceof AppError) throw new UsageError(`--devices: ${error.message}`, command)
    throw error
  }
  return names
}
