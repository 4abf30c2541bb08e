import { mkdir } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import type { resultsContract } from '../../contract/app/results.ts'
import { AppError } from '../../contract/errors.ts'
import type { Handlers } from '../../ipc/server.ts'
import { findLineage } from '../loop/find-lineage.ts'
import { ExportRequest } from '../../contract/engine.ts'
import type { Services } from '../services.ts'
import { describeResults, modelDirOf, openRecord } from './results.ts'

export function createResultHandlers({
  app,
  bell,
  board,
  projects,
}: Services): Handlers<typeof resultsContract> {
  const { store, inspector } = app
  return {
    calls: {
      results: ({ runId }) => describeResults(store, runId, board.live()?.runId ?? null),
      useModel: ({ runId, iteration }) => {
        modelDirOf(store, runId, iteration) // an iteration without a model cannot be used
        store.saveRunNote(runId, { ...store.runNote(runId), inUse: iteration }, Date.now())
        bell.ring()
        return {}
      },
      continueFrom: async ({ runId, iteration, iterations }) => {
        const { row, setup } = openRecord(store, runId)
        const model = await inspector.call('inspectModel', { dir: modelDirOf(store, runId, iteration) })
        const last = setup.plan.iterations.at(-1)
        if (!last) throw new AppError('INTERNAL', 'Expected one planned iteration at least, found none.')
        const planned = setup.plan.iterations.slice(iteration + 1, iteration + 1 + iterations)
        const projectId = await projects.duplicate(row.projectId, (draft) => ({
          ...draft,
          modelDir: model.dir,
          model,
          plan: {
            ...setup.plan,
            preset: 'custom',
            // What was still planned behind it, then the last one's settings again.
            iterations: Array.from({ length: iterations }, (_, i) => planned[i] ?? last),
          },
        }))
        return { projectId }
      },
    },
    streams: {
      async *exportModel(asked, signal) {
        expectOutside(asked.modelDir, asked.outPath)
        await makeFolderOf(asked.outPath)
        const { versions } = await inspector.call('describe', {}, { signal })
        const { lineage, remark } = await findLineage(asked.modelDir, versions)
        if (remark !== null) yield { kind: 'log', level: 'info', message: remark }
        yield* inspector.stream('exportModel', ExportRequest.parse({ ...asked, lineage }), { signal })
      },
    },
  }
}

/** The page offers a folder beside the iterations, which the first export makes. */
async function makeFolderOf(outPath: string): Promise<void> {
  if (!isAbsolute(outPath)) {
    throw new AppError(
      'BAD_INPUT',
      `Expected a whole path to export to, found ${outPath}. Begin it with the disk's root, or choose a folder.`,
    )
  }
  try {
    await mkdir(dirname(outPath), { recursive: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new AppError(
      code === 'ENOSPC' ? 'DISK_FULL' : 'BAD_INPUT',
      `The folder ${dirname(outPath)} could not be made (${code}). Choose a folder that can be written to.`,
      { path: outPath },
      { cause: error },
    )
  }
}

/** What is in the way of an export is moved aside: that must not be the model itself. */
function expectOutside(modelDir: string, outPath: string): void {
  const inside = relative(resolve(modelDir), resolve(outPath))
  if (inside !== '' && (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside))) return
  throw new AppError(
    'BAD_INPUT',
    `Expected a place outside of the model's own folder, found ${outPath}. Choose another.`,
    { path: outPath },
  )
}
