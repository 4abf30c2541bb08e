import type { DatasetRow } from '../../contract/chat.ts'
import { AppError } from '../../contract/errors.ts'
import type { Renderer } from './renderer.ts'

/**
 * Runs the round trip on up to `samples` rows, evenly spread. Returns how many were checked. Throws TEMPLATE_BROKEN
 * with the number of broken rows and the first one's reason.
 */
export function auditTemplate(renderer: Renderer, rows: readonly DatasetRow[], samples = 64): number {
  const stride = Math.max(1, rows.length / samples)
  let checked = 0
  const broken: { id: string; why: string }[] = []
  for (let at = 0; Math.floor(at) < rows.length; at += stride) {
    const row = rows[Math.floor(at)]!
    checked++
    try {
      renderer.checkRoundTrip(row.prompt, row.answer)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      broken.push({ id: row.id, why: error.message })
    }
  }
  const first = broken[0]
  if (first) {
    throw new AppError(
      'TEMPLATE_BROKEN',
      `${broken.length} of ${checked} sample rows do not survive this model's chat template and tokenizer. ` +
        `The first, row ${first.id}: ${first.why}`,
      { broken: broken.length, checked, row: first.id },
    )
  }
  return checked
}
