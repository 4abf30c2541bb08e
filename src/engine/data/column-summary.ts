import type { DatasetColumn } from '../../contract/dataset-inspection.ts'
import type { SourceRecord } from './detect-format.ts'
import { columnWords as words } from '../../strings/columns.ts'

const shownCharacters = 72
/** A table with more columns, or with a name longer than this, was not made for people. */
const maxColumns = 200
const maxNameCharacters = 500

/** The columns of a file in words, as its first rows show them, in order of first appearance. */
export function summarizeColumns(sample: readonly SourceRecord[]): DatasetColumn[] {
  const names = new Set(sample.flatMap((record) => Object.keys(record)))
  return [...names]
    .filter((name) => name.length <= maxNameCharacters)
    .slice(0, maxColumns)
    .map((name) => {
      const values = sample
        .map((record) => (Object.hasOwn(record, name) ? record[name] : null))
        .filter((value) => value !== null && value !== undefined)
      const first = values.find((value) => value !== '') ?? values[0]
      return { name, type: typeInWords(values), first: first === undefined ? '' : valueInWords(first) }
    })
}

function typeInWords(values: readonly unknown[]): string {
  const types = [...new Set(values.filter((value) => value !== '').map(typeOf))]
  if (types.length === 0) return values.length === 0 ? words.empty : words.text
  const [one, other, third] = types
  if (other === undefined) return one!
  return third === undefined ? words.either(one!, other) : words.mixed
}

function typeOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return textType(value)
    case 'number':
      return words.number
    case 'boolean':
      return words.boolean
    default:
      return Array.isArray(value) ? listType(value) : words.object
  }
}

function textType(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text))
    return words.date
  return text.trimStart().startsWith('[') && messagesIn(text) ? words.messages : words.text
}

function listType(list: readonly unknown[]): string {
  if (list.length === 0) return words.list
  if (list.every(isMessage)) return words.messages
  if (list.every((item) => typeof item === 'string')) return words.texts
  return list.every((item) => typeof item === 'number') ? words.numbers : words.list
}

function valueInWords(value: unknown): string {
  const messages = typeof value === 'string' ? messagesIn(value) : Array.isArray(value) ? value : null
  const asked = messages?.filter(isMessage).find((message) => roleNamed(message) !== 'system')
  if (messages && asked) {
    const text = asked['content'] ?? asked['value']
    const more = messages.length === 1 ? '' : words.more(messages.length - 1)
    return `${roleNamed(asked).slice(0, 20)}: “${shorten(String(text ?? ''), 40)}”${more}`
  }
  if (typeof value === 'string') return typeOf(value) === words.text ? `“${shorten(value)}”` : value
  return shorten(JSON.stringify(value) ?? '')
}

const roleNamed = (message: Record<string, unknown>): string => String(message['role'] ?? message['from'])

/** Messages that travel as JSON text, as in CSV; null for any other text. */
function messagesIn(text: string): unknown[] | null {
  if (!text.trimStart().startsWith('[')) return null
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) && parsed.length > 0 && parsed.every(isMessage) ? parsed : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function isMessage(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && ('role' in value || 'from' in value)
}

/** One line of at most so many characters, never half a character. */
export function shorten(text: string, characters = shownCharacters): string {
  const line = text
    .slice(0, characters * 8)
    .replaceAll(/\s+/g, ' ')
    .trim()
  const shown = [...line].slice(0, characters).join('')
  return shown.length < line.length || text.length > characters * 8 ? `${shown}…` : shown
}
