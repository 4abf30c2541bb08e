import type { RecordScanner } from './record-reader.ts'

const quote = 0x22,
  backslash = 0x5c,
  newline = 0x0a,
  comma = 0x2c
const openBrace = 0x7b,
  closeBrace = 0x7d,
  openBracket = 0x5b,
  closeBracket = 0x5d

/**
 * Finds the elements of a JSON array, or JSON values one after another, without parsing the whole file.
 * A value whose quotes or brackets contradict each other ends with its line; the next one is looked for at a line
 * that begins with `{`.
 */
export class JsonValueScanner implements RecordScanner {
  skipped = false
  readonly #closers: number[] = []
  #state: 'gap' | 'search' | 'nested' | 'scalar' | 'broken' = 'gap'
  #inString = false
  #escaped = false
  #lineBlank = true
  #problem: string | null = null
  #beforeArray: boolean

  constructor(layout: 'array' | 'values') {
    this.#beforeArray = layout === 'array'
  }

  scan(window: Buffer, from: number): number {
    this.skipped = this.#state === 'gap' || this.#state === 'search'
    if (this.#state === 'gap') return this.#findValue(window, from)
    if (this.#state === 'search') return this.#findObjectLine(window, from)
    for (let i = from; i < window.length; i++) {
      const byte = window[i]!
      if (this.#state === 'broken') {
        if (byte === newline) return this.#end(i, 'search')
      } else if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === backslash) this.#escaped = true
        else if (byte === quote) this.#inString = false
        else if (byte === newline) {
          this.#problem = 'a text does not close before its line ends'
          return this.#end(i, 'search')
        }
      } else if (byte === quote) {
        this.#inString = true
      } else if (this.#state === 'scalar') {
        if (isBlank(byte) || byte === comma || byte === closeBracket) return this.#end(i, 'gap')
      } else if (byte === openBrace) this.#closers.push(closeBrace)
      else if (byte === openBracket) this.#closers.push(closeBracket)
      else if (byte === closeBrace || byte === closeBracket) {
        if (this.#closers.pop() !== byte) {
          this.#problem = 'its brackets do not match'
          this.#state = 'broken'
        } else if (this.#closers.length === 0) return this.#end(i + 1, 'gap')
      }
    }
    return -1
  }

  #findValue(window: Buffer, from: number): number {
    for (let i = from; i < window.length; i++) {
      const byte = window[i]!
      if (byte === openBracket && this.#beforeArray) this.#beforeArray = false
      else if (!isBlank(byte) && byte !== comma && byte !== closeBracket) {
        this.#state = byte === openBrace || byte === openBracket ? 'nested' : 'scalar'
        return i
      }
    }
    return -1
  }

  #findObjectLine(window: Buffer, from: number): number {
    for (let i = from; i < window.length; i++) {
      const byte = window[i]!
      if (byte === newline) this.#lineBlank = true
      else if (this.#lineBlank && byte === openBrace) {
        this.#state = 'nested'
        return i
      } else if (!isBlank(byte) && byte !== comma) this.#lineBlank = false
    }
    return -1
  }

  #end(at: number, next: 'gap' | 'search'): number {
    this.#state = next
    this.#closers.length = 0
    this.#inString = false
    this.#lineBlank = false
    return at
  }

  takeProblem(): string | null {
    const problem = this.#problem
    this.#problem = null
    return problem
  }

  atEnd(): 'between' | 'whole' | 'open' {
    if (this.#state === 'gap' || this.#state === 'search') return 'between'
    return this.#state === 'broken' || (this.#state === 'scalar' && !this.#inString) ? 'whole' : 'open'
  }

  recover(): void {
    this.#end(0, 'search')
    this.#lineBlank = true
    this.#problem = null
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09
}
