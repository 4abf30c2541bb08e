import { setImmediate as otherWork } from 'node:timers/promises'
import { z } from 'zod'
import type { ListedRun } from '../../contract/app/compare.ts'
import { unlessUnreadable } from '../runs/recorded-json.ts'
import { summarizeRun } from '../runs/run-summary.ts'
import type { Store } from '../store/store.ts'
import { nameWords } from '../../strings/names.ts'

const pageSize = 50

/** Runs that hold every word of the search, newest first, from below `beforeId`. One that cannot be read is left out. */
export async function listRuns(
  store: Store,
  { search, beforeId, limit }: { search: string; beforeId: number | null; limit: number },
  liveRun: number | null,
): Promise<{ runs: ListedRun[]; more: boolean }> {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const runs: ListedRun[] = []
  let before = beforeId ?? undefined
  for (;;) {
    const page = store.runPage(pageSize, before)
    for (const row of page) {
      const { note, tags } = store.runNote(row.id)
      const summary = unlessUnreadable(() => summarizeRun(store, row, liveRun), null)
      if (!summary) continue
      const listed = {
        ...summary,
        note,
        tags: z.array(z.string()).parse(JSON.parse(tags)),
        seconds: store.stages(row.id).reduce((sum, { seconds }) => sum + seconds, 0),
      }
      if (!matches(listed, words)) continue
      if (runs.length === limit) return { runs, more: true }
      runs.push(listed)
    }
    if (page.length < pageSize) return { runs, more: false }
    before = page.at(-1)!.id
    await otherWork()
  }
}

function matches(run: ListedRun, words: readonly string[]): boolean {
  const text = [run.project, nameWords.run(run.id), run.model, run.dataset, run.state, run.note, ...run.tags]
    .join('\n')
    .toLowerCase()
  return words.every((word) => text.includes(word))
}
