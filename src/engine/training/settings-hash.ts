import { createHash } from 'node:crypto'
import type { TrainingSettings } from '../../contract/settings.ts'

/** The settings as they were hashed before there was a choice of precision: a run in f32 keeps its hash. */
export const hashedSettings = ({ precision, ...settings }: TrainingSettings) =>
  precision === 'f32' ? settings : { ...settings, precision }

/** sha256 of a value's JSON with sorted keys: equal settings have equal hashes however they were written. */
export function settingsHash(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
