/** How numbers are written in what main and the engine say: digits in groups, a true minus, amounts with their unit. */
const digits = 'en-US'

/** 12345 → "12,345" */
export const count = (value: number): string => Math.round(value).toLocaleString(digits)

/** 1234.5678, 2 → "1,234.57" */
export const decimal = (value: number, places: number): string =>
  value.toLocaleString(digits, { minimumFractionDigits: places, maximumFractionDigits: places })
