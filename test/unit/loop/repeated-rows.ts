import { writeFileSync } from 'node:fs'

/** A source of `count` rows that a small model can be asked. */
export function writeRepeats(path: string, count: number): void {
  const rows = Array.from({ length: count }, (_, i) => ({ prompt: `Say ${i} twice`, response: `${i} ${i}` }))
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}
