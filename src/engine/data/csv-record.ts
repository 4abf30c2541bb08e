import type { RecordScanner } from './record-reader.ts'

const quote = 0x22,
  newline = 0x0a,
  carriageReturn = 0x0d

/**
 * Ends of CSV records by RFC 4180: a quote opens only at the start of a field, and inside quotes a newline is text.
 * It does not recover: the lines of a quoted text can look like rows.
 */
export class CsvRecordScanner implements RecordScanner {
  readonly skipped = false
  readonly #delimiter: number
  #state: 'field-start' | 'plain' | 'quoted' | 'quote-in-quoted' = 'field-start'
  #problem: string | null = null

  constructor(delimiter: string) {
    this.#delimiter = delimiter.charCodeAt(0)
  }

  scan(window: Buffer, from: number): number {
    for (let i = from; i < window.length; i++) {
      const byte = window[i]!
      if (this.#state === 'quoted') {
        const close = window.indexOf(quote, i)
        if (close === -1) return -1
        i = close
        this.#state = 'quote-in-quoted'
        continue
      }
      if (byte === newline) {
        this.#state = 'field-start'
        return i + 1
      }
      if (byte === this.#delimiter) this.#state = 'field-start'
      else if (this.#state === 'field-start') this.#state = byte === quote ? 'quoted' : 'plain'
      else if (this.#state === 'quote-in-quoted') {
        if (byte === quote) this.#state = 'quoted'
        else if (byte !== carriageReturn) {
          this.#problem = 'text follows a closing quote; a quote inside a quoted field is written twice'
          this.#state = 'plain'
        }
      }
    }
    return -1
  }

  takeProblem(): string | null {
    const problem = this.#problem
    this.#problem = null
    return problem
  }

  atEnd(): 'whole' | 'open' {
    return this.#state === 'quoted' ? 'open' : 'whole'
  }
}

/** Fields of one record, which CsvRecordScanner found to be well-formed. */
export function csvFields(record: string, delimiter: string): string[] {
  const text = record.replace(/\r?\n$/, '')
  if (!text.includes('"')) return text.split(delimiter)
  const fields: string[] = []
  for (let at = 0; at <= text.length;) {
    if (text[at] === '"') {
      let close = text.indexOf('"', at + 1)
      while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2)
      const end = close === -1 ? text.length : close
      fields.push(text.slice(at + 1, end).replaceAll('""', '"'))
      at = end + 2
    } else {
      const end = text.indexOf(delimiter, at)
      fields.push(end === -1 ? text.slice(at) : text.slice(at, end))
      at = end === -1 ? text.length + 1 : end + 1
    }
  }
  return fields
}

/** The delimiter that divides the header line into most fields; a comma where nothing does. */
export function csvDelimiter(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, '')
  const count = (d: string) => bare.split(d).length
  return [',', '\t', ';', '|'].reduce((best, d) => (count(d) > count(best) ? d : best))
}
