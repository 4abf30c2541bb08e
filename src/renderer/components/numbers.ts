import { unitStrings as units } from '../strings/units.ts'

/** Numbers as people read them: true minus, thousands with commas, units by the caller. */
const minus = (text: string): string => text.replace('-', '−')
/** Of products like 0.53575 × 100: without the last bits, by which a half would be rounded either way. */
const settled = (value: number): number => Number(value.toPrecision(12))

export const whole = (value: number): string => minus(Math.round(value).toLocaleString(units.numbers))
export const fixed = (value: number, digits = 2): string =>
  minus(
    settled(value)
      .toFixed(digits)
      .replace(/^-(?=[0.]*$)/, ''),
  )
/** "+1.2", "−0.4"; what is shown as zero has no sign. */
export function signed(value: number, digits = 1): string {
  const text = fixed(value, digits)
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text
}
export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`

/** "812 bytes", "48.2 MB", "3.1 GB". */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return units.bytes(bytes)
  const [divisor, unit] = bytes < 1e6 ? [1e3, 'kB'] : bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB']
  return `${(bytes / divisor).toFixed(1)} ${unit}`
}

/** Of weights: "0.57 million", "1.54 billion". */
export const parameterCount = (count: number): string =>
  count < 1e9 ? million(count) : units.billion((count / 1e9).toFixed(2))

/** 340,000 → "0.34 million". */
export const million = (value: number): string => units.million((value / 1e6).toFixed(2))

export function duration(seconds: number): string {
  if (seconds < 100) return units.seconds(Math.max(1, Math.round(seconds)))
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return units.minutes(minutes)
  return units.hours(Math.floor(minutes / 60), String(minutes % 60).padStart(2, '0'))
}

export function clock(at: number): string {
  return new Date(at).toLocaleTimeString(units.dates, { hour: '2-digit', minute: '2-digit' })
}

export function day(at: number): string {
  return new Date(at).toLocaleString(units.dates, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
}

/** The time alone today, with the day otherwise. */
export const when = (at: number): string =>
  new Date(at).toDateString() === new Date().toDateString() ? clock(at) : day(at)

/** Small learning rates: 4.3e−8. */
export const scientific = (value: number): string => minus(value.toExponential(1))
