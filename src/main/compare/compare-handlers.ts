import type { ComparedRun, compareContract } from '../../contract/app/compare.ts'
import type { Handlers } from '../../ipc/server.ts'
import { openRecord } from '../results/results.ts'
import type { Services } from '../services.ts'
import { comparedRun } from './compared-runs.ts'
import { listRuns } from './listed-runs.ts'

export function createCompareHandlers({ app, bell, board }: Services): Handlers<typeof compareContract> {
  const { store } = app
  const liveRun = (): number | null => board.live()?.runId ?? null
  return {
    calls: {
      listRuns: (asked) => listRuns(store, asked, liveRun()),
      annotateRun: ({ runId, note, tags }) => {
        openRecord(store, runId)
        const before = store.runNote(runId)
        const next = {
          ...before,
          note: note ?? before.note,
          tags: tags ? JSON.stringify([...new Set(tags)]) : before.tags,
        }
        store.saveRunNote(runId, next, Date.now())
        bell.ring()
        return {}
      },
      compareRuns: async ({ items }) => {
        const runs: ComparedRun[] = []
        for (const item of items) runs.push(await comparedRun(store, item, liveRun()))
        return { runs }
      },
    },
    streams: {},
  }
}
