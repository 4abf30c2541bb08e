import { copyFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { loadTokenizer, type TextTokenizer } from '../../../src/engine/text/tokenizer.ts'

/** Numbers and texts made by make/text_goldens.py; its docstring says what each file holds. */

export interface ExpectedTokens {
  ids: number[][]
  decoded: (string | null)[]
  skipped: (string | null)[]
  random: { ids: number[]; decoded: string; skipped: string }[]
}

export interface Rendered {
  text: string
  ids: number[]
}

export interface TemplateGolden {
  name: string
  kind: string
  text: string
  /** For each conversation: without and with the generation prompt; null where it raises. */
  results: [Rendered | null, Rendered | null][]
}

export function readGz<Content>(name: string): Content {
  return JSON.parse(gunzipSync(readFileSync(join(import.meta.dirname, name))).toString('utf8'))
}

/** Every folder with a tokenizer. */
export const kinds = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted()

/** A model folder as users have it, with this kind's tokenizer. */
export function tokenizerFolder(kind: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'spin-text-golden-'))
  const from = join(import.meta.dirname, kind)
  writeFileSync(join(dir, 'tokenizer.json'), gunzipSync(readFileSync(join(from, 'tokenizer.json.gz'))))
  copyFileSync(join(from, 'tokenizer_config.json'), join(dir, 'tokenizer_config.json'))
  return dir
}

export const loadGoldenTokenizer = (kind: string): Promise<TextTokenizer> =>
  loadTokenizer(tokenizerFolder(kind))
