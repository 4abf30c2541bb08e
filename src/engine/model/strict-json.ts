/**
 * What JSON.parse does not refuse and a file from a stranger may do: nest until a later recursive reader overflows its
 * stack, and say a key twice so that two readers see two files.
 */
export interface JsonFault {
  what: string
}

/** Deeper than any model file is. */
const maxJsonDepth = 64

/** The first such fault in a JSON text, or null. Whether it is JSON at all is left to JSON.parse. */
export function jsonFault(text: string): JsonFault | null {
  const keys: (Set<string> | null)[] = [] // of every open object; null for a list
  let last: { start: number; end: number } | null = null // the last text, with its quotes
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) {
      const start = i
      i = endOfText(text, start)
      last = { start, end: i + 1 }
    } else if (code === openBrace || code === openBracket) {
      if (keys.push(code === openBrace ? new Set() : null) > maxJsonDepth)
        return { what: `it is nested more than ${maxJsonDepth} deep` }
    } else if (code === closeBrace || code === closeBracket) keys.pop()
    else if (code === colon && last) {
      const key = text.slice(last.start, last.end)
      const known = keys.at(-1)
      const plain = key.includes('\\') ? normalised(key) : key
      if (known?.has(plain)) return { what: `it has the key ${key.slice(0, 200)} twice` }
      known?.add(plain)
    }
  }
  return null
}

/** Where the values of the outermost object's keys lie in its text: [start, end), without the blanks around them. */
export function topLevelSpans(text: string): Map<string, { start: number; end: number }> {
  const spans = new Map<string, { start: number; end: number }>()
  let depth = 0
  let key = ''
  let valueStart = -1
  let last = { start: 0, end: 0 }
  const close = (end: number): void => {
    if (valueStart < 0) return
    const value = text.slice(valueStart, end)
    const start = valueStart + (value.length - value.trimStart().length)
    spans.set(key, { start, end: start + value.trim().length })
    valueStart = -1
  }
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) {
      last = { start: i, end: (i = endOfText(text, i)) + 1 }
    } else if (code === openBrace || code === openBracket) depth++
    else if (code === closeBrace || code === closeBracket) {
      if (depth-- === 1) close(i)
    } else if (depth === 1 && code === comma) close(i)
    else if (depth === 1 && code === colon) {
      key = JSON.parse(text.slice(last.start, last.end)) as string
      valueStart = i + 1
    }
  }
  return spans
}

const [quote, backslash, colon, comma] = [0x22, 0x5c, 0x3a, 0x2c]
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]

/** The index of the closing quote, or of the text's last character where there is none. */
function endOfText(text: string, start: number): number {
  let i = start + 1
  for (; i < text.length && text.charCodeAt(i) !== quote; i++) if (text.charCodeAt(i) === backslash) i++
  return Math.min(i, text.length - 1)
}

/** One spelling of a key that may be written with escapes; what is no JSON text stays as it is. */
function normalised(key: string): string {
  try {
    return JSON.stringify(JSON.parse(key))
  } catch (error) {
    if (error instanceof SyntaxError) return key
    throw error
  }
}
