/** Shares (0–1) as points (0–100), one decimal. */
export function points(share: number): string {
  return unsigned(share * 100)
}

/** Differences of shares as points with their sign: `+4.1`, `−0.3`, `0.0`. */
export function signedPoints(difference: number): string {
  const text = unsigned(Math.abs(difference) * 100)
  if (Number(text) === 0) return text
  return `${difference > 0 ? '+' : '−'}${text}`
}

/** A plain number with a real minus sign. */
export function fixed(value: number | null, digits: number): string {
  return value === null || !Number.isFinite(value) ? '–' : value.toFixed(digits).replace('-', '−')
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** `48 s`, `3 min 5 s`, `2 h 44 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600)
    return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`
  const minutes = Math.round(whole / 60)
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`
}

function unsigned(value: number): string {
  return value.toFixed(1).replace('-', '−')
}
