import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

const maxLineCharacters = 2000

/** The last `limit` lines of a text stream, oldest first; each line is also handed to `onLine`. */
export function createLogTail(
  stream: Readable,
  limit: number,
  onLine: (line: string) => void,
): readonly string[] {
  const lines: string[] = []
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', (text) => {
    const line = text.length > maxLineCharacters ? `${text.slice(0, maxLineCharacters)}…` : text
    lines.push(line)
    if (lines.length > limit) lines.shift()
    onLine(line)
  })
  return lines
}
