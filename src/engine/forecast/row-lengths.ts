import type { DatasetRow } from '../../contract/chat.ts'
import type { Renderer } from '../text/renderer.ts'

/** Tokens of the prompts and of the human answers (EOS included) of a sample of rows; [n] each. */
export interface RowLengths {
  prompt: number[]
  answer: number[]
  /** Rows of the whole dataset. */
  rows: number
}

const sampleSize = 512

/** Lengths of at most 512 rows, taken at even distances: the mean of such a sample is within a few percent. */
export function measureRows(rows: readonly DatasetRow[], renderer: Renderer): RowLengths {
  const stride = Math.max(1, Math.floor(rows.length / sampleSize))
  const picked = rows.filter((_, i) => i % stride === 0).slice(0, sampleSize)
  return {
    rows: rows.length,
    prompt: picked.map(({ prompt }) => renderer.prompt(prompt).length),
    answer: picked.map(({ prompt, answer }) => renderer.response(prompt, answer, 'stop').length),
  }
}

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
