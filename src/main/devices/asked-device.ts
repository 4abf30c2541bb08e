import type { Backend } from '../../contract/backend.ts'
import type { DeviceId } from '../../contract/devices.ts'
import { deviceAskedIn, deviceOfBackend } from '../engine-backend.ts'
import type { AskedDevice } from './choose-device.ts'

/** Where a device can be asked for, the nearest first. */
export interface DeviceSources {
  /** `--device`, and `--backend`, which names the first device of its kind. */
  option?: { device: DeviceId | null; backend?: Backend | null }
  env: Readonly<Record<string, string | undefined>>
  /** Of the preferences. */
  settings: DeviceId | null
}

/** Throws BAD_INPUT where the environment names a device of no known form. */
export function askedDevice({ option, env, settings }: DeviceSources): AskedDevice | null {
  const named = option?.device ?? (option?.backend ? deviceOfBackend(option.backend) : null)
  if (named !== null) return { id: named, by: 'option' }
  const inEnv = deviceAskedIn(env)
  if (inEnv !== null) return { id: inEnv, by: 'environment' }
  return settings === null ? null : { id: settings, by: 'settings' }
}
