import { join, relative, sep } from 'node:path'

const scheme = 'project:/'

/** A JSON value with every path inside the project folder written `project:/…`, so that a moved folder stays the same project. */
export function toPortable(value: unknown, projectDir: string): unknown {
  return mapStrings(value, (text) => {
    if (text !== projectDir && !text.startsWith(projectDir + sep)) return text
    return scheme + relative(projectDir, text).split(sep).join('/')
  })
}

/** The inverse of `toPortable`, for the place where the folder is now. */
export function fromPortable(value: unknown, projectDir: string): unknown {
  return mapStrings(value, (text) =>
    text.startsWith(scheme) ? join(projectDir, text.slice(scheme.length)) : text,
  )
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]))
}

/** JSON with sorted keys and without undefined: equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
}
