import type { Device, DeviceChoice, DeviceId } from '../../contract/devices.ts'
import { deviceWords as words } from '../../strings/devices.ts'

/** What a person asked for, and where: Settings, an option of the command line, a variable of the environment. */
export interface AskedDevice {
  id: DeviceId
  by: Exclude<DeviceChoice['by'], 'default'>
}

/**
 * The device that engines compute on: the one that was asked for where it can be computed on, else, with a notice, the default.
 * The default is the processor, which needs nothing, unless CUDA was set up: then the card with the most memory. WebGPU and
 * TensorFlow are never taken unasked. `devices` begins with the processor.
 */
export function chooseDevice(devices: readonly Device[], asked: AskedDevice | null): DeviceChoice {
  const wanted = asked && devices.find(({ id }) => id === asked.id)
  if (asked && wanted?.state === 'ready')
    return {
      id: asked.id,
      name: wanted.name,
      memoryBytes: wanted.memoryBytes,
      by: asked.by,
      why: words.why[asked.by],
      cause: null,
      notice: null,
    }
  const [processor] = devices as [Device]
  const cards = devices
    .filter(({ kind, state }) => kind === 'cuda' && state === 'ready')
    .sort((a, b) => (b.memoryBytes ?? 0) - (a.memoryBytes ?? 0))
  const best = cards[0] ?? processor
  const why = cards[0] ? words.why.card(cards.length) : whyProcessor(devices)
  const cause =
    asked === null
      ? null
      : wanted
        ? words.cause.unusable(wanted.name, wanted.detail)
        : words.cause.gone(asked.id)
  const notice = cause === null ? null : words.instead(cause, best.name)
  return {
    id: best.id as DeviceId,
    name: best.name,
    memoryBytes: best.memoryBytes,
    by: 'default',
    why,
    cause,
    notice,
  }
}

function whyProcessor(devices: readonly Device[]): string {
  if (devices.length === 1) return words.why.onlyOne
  const card = devices.find(({ kind }) => kind === 'cuda')
  if (!card) return words.why.others
  return words.why[card.state === 'failed' ? 'cardFailed' : 'cardIncomplete'](card.name)
}
