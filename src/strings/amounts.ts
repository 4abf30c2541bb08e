/** How numbers are written in what main and the engine say: digits in groups, amounts with their unit. */
const digits = 'en-US'

/** 12345 → "12,345" */
export const count = (value: number): string => Math.round(value).toLocaleString(digits)

/** 1234.5678, 2 → "1,234.57" */
export const decimal = (value: number, places: number): string =>
  value
    .toLocaleString(digits, { minimumFractionDigits: places, maximumFractionDigits: places })
    .replace('-', '−')

/** A setting, with the digits it was given: −0.5 */
export const setting = (value: number): string => String(value).replace('-', '−')

/** A share of 1: 0.5 → "50%" */
export const percent = (share: number): string => `${Math.round(share * 100)}%`

export const gigabytes = (bytes: number): string => `${decimal(bytes / 1e9, 2)} GB`
export const megabytes = (bytes: number): string => `${decimal(bytes / 1e6, 1)} MB`

/** "48 s", "3 min 05 s", "2 h 44 min" */
export function spent(seconds: number): string {
  if (seconds < 100) return `${Math.max(1, Math.round(seconds))} s`
  const whole = Math.round(seconds)
  const minutes = Math.floor(whole / 60)
  return minutes < 60
    ? `${minutes} min ${String(whole % 60).padStart(2, '0')} s`
    : `${count(Math.floor(minutes / 60))} h ${minutes % 60} min`
}
