import type { Backend } from '../../contract/backend.ts'
import { type DeviceChoice, DeviceId } from '../../contract/devices.ts'
import { AppError } from '../../contract/errors.ts'
import { defaultDataDir } from '../data-dir.ts'
import { askedDevice } from '../devices/asked-device.ts'
import type { AskedDevice } from '../devices/choose-device.ts'
import { deviceParts } from '../devices/device-parts.ts'
import { findChoice } from '../devices/list-devices.ts'
import { deviceEnvironment, deviceOfBackend } from '../engine-backend.ts'
import { readPreferences } from '../preferences/preferences.ts'
import { backendOption } from './backend-option.ts'
import type { CommandContext } from './command.ts'
import { option } from './options.ts'

export const deviceOptions = {
  device: option(DeviceId, {
    placeholder: 'ID',
    help: 'What is computed on: cpu, cuda:0, cuda:1 …, webgpu, tensorflow, as doctor lists them.',
    default: null,
    defaultText: '$SPIN_STUDIO_DEVICE, else what Settings say, else what doctor calls the default',
  }),
  ...backendOption,
}

export interface DeviceValues {
  device: DeviceId | null
  backend: Backend | null
}

/** What is asked for by options, else by the environment, else in Settings. Throws BAD_INPUT where the options differ. */
export function deviceAsked({ device, backend }: DeviceValues): AskedDevice | null {
  if (device !== null && backend !== null && deviceOfBackend(backend).split(':')[0] !== device.split(':')[0])
    throw new AppError(
      'BAD_INPUT',
      `--device ${device} and --backend ${backend} name different devices. Give one of them.`,
    )
  const settings = readPreferences(defaultDataDir()).device
  return askedDevice({ option: { device, backend }, env: process.env, settings })
}

/**
 * The device of one command. One that this command or its environment names and that cannot be used is an error; one of Settings
 * is replaced by the default, with a notice. Throws BACKEND_UNUSABLE.
 */
export async function commandDevice(
  { display }: Pick<CommandContext, 'display'>,
  values: DeviceValues,
): Promise<DeviceChoice> {
  const asked = deviceAsked(values)
  const choice = await findChoice(
    deviceParts({ measure: false, asked: () => asked, inUseId: null, dataDir: defaultDataDir() }),
  )
  if (choice.cause === null) return choice
  if (asked?.by === 'settings') display.line(`note: ${choice.notice}`)
  else
    throw new AppError(
      'BACKEND_UNUSABLE',
      `Expected to compute on ${asked?.id}. ${choice.cause} "spin-studio doctor" lists what can be used.`,
    )
  return choice
}

/** Engines that the command starts from now on compute on the device. */
export async function useDevice(
  context: Pick<CommandContext, 'display' | 'engineEnv'>,
  values: DeviceValues,
): Promise<void> {
  Object.assign(context.engineEnv, deviceEnvironment((await commandDevice(context, values)).id))
}
