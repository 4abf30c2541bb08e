import { z } from 'zod'
import type { FractionGroup } from '../../contract/app/runs.ts'
import type { Store } from '../store/store.ts'

/** In the data of an event: the fraction at which the engine had to be started again. */
export const RetriedFraction = z.object({
  iteration: z.number().int(),
  split: z.enum(['train', 'test']),
  fraction: z.number().int(),
})
export type RetriedFraction = z.infer<typeof RetriedFraction>

/** Both splits of every planned iteration, with the fractions that are saved. */
export function fractionGroups(
  store: Store,
  runId: number,
  {
    iterations,
    fracLen,
    trainRows,
    testRows,
  }: { iterations: number; fracLen: number; trainRows: number | null; testRows: number | null },
): FractionGroup[] {
  const retried = store.eventsWith(runId, 'retried').flatMap(({ data }) => {
    const found = z.object({ retried: RetriedFraction }).safeParse(JSON.parse(data))
    return found.success ? [keyOf(found.data.retried)] : []
  })
  return Array.from({ length: iterations }, (_, iteration) => {
    const saved = store.fractions(runId, iteration)
    return (['train', 'test'] as const).map((split): FractionGroup => {
      const rows = split === 'train' ? trainRows : testRows
      return {
        iteration,
        split,
        rows,
        planned: rows === null ? null : fracLen === 0 ? Math.min(1, rows) : Math.ceil(rows / fracLen),
        saved: saved
          .filter((row) => row.split === split)
          .map(({ fraction, rows: savedRows, capped, empty, generatedTokens }) => ({
            index: fraction,
            rows: savedRows,
            capped,
            empty,
            generatedTokens,
            retried: retried.includes(keyOf({ iteration, split, fraction })),
          })),
      }
    })
  }).flat()
}

const keyOf = ({ iteration, split, fraction }: RetriedFraction): string => `${iteration} ${split} ${fraction}`
