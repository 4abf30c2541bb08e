import { useRef, useState } from 'react'
import type { DatasetChoice } from '../../contract/app.ts'
import { datasetStrings as words } from '../strings/dataset.ts'
import { messageOf, useMain } from '../use-main.ts'
import { useProject } from '../use-project.tsx'
import { droppedFiles, mostFiles, pathsOf, pickedFiles, uploadFiles } from './picked-files.ts'
import type { PickedFile, UploadState } from './picked-files.ts'

export interface DatasetActions {
  /** A choice is being saved or copied. */
  busy: boolean
  upload: UploadState | null
  problem: string | null
  /** New files: the columns are matched anew, the split stays as it was. */
  takeSources(sources: string[]): void
  takeDrop(transfer: DataTransfer): void
  takePicked(files: FileList): void
  choose(choice: DatasetChoice): void
  clear(): void
  stopUpload(): void
}

const firstChoice = { mapping: null, testShare: 0.1, seed: 42, limit: 0, keepRejected: false }

/** All that changes the project's dataset. */
export function useDatasetChoice(): DatasetActions {
  const client = useMain()
  const { id: projectId, draft } = useProject()
  const [busy, setBusy] = useState(false)
  const [upload, setUpload] = useState<UploadState | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const stop = useRef<AbortController | null>(null)

  async function work(task: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const abort = new AbortController()
    stop.current?.abort()
    stop.current = abort
    setBusy(true)
    setProblem(null)
    try {
      await task(abort.signal)
    } catch (error) {
      if (!abort.signal.aborted) setProblem(messageOf(error))
    } finally {
      if (stop.current === abort) {
        setBusy(false)
        setUpload(null)
      }
    }
  }

  const save = (choice: DatasetChoice) => client.call('chooseDataset', { projectId, choice })

  function saveSources(sources: string[]): Promise<unknown> {
    const before = draft.dataset ?? firstChoice
    return save({ ...before, sources, mapping: null, limit: 0, keepRejected: false })
  }

  async function send(files: readonly PickedFile[], signal: AbortSignal): Promise<void> {
    if (files.length > mostFiles) throw new Error(words.tooManyFiles(mostFiles))
    if (files.length === 0) throw new Error(words.notData)
    await saveSources(await uploadFiles(client, files, setUpload, signal))
  }

  return {
    busy,
    upload,
    problem,
    takeSources: (sources) => void work(() => saveSources(sources)),
    takeDrop(transfer) {
      const dropped = droppedFiles(transfer)
      if ('paths' in dropped) void work(() => saveSources(dropped.paths))
      else void work(async (signal) => send(await dropped.files, signal))
    },
    takePicked(list) {
      const files = pickedFiles(list)
      const paths = pathsOf(files.map(({ file }) => file))
      void work((signal) => (paths ? saveSources(paths) : send(files, signal)))
    },
    choose: (choice) => void work(() => save(choice)),
    clear: () => void work(() => client.call('clearDataset', { projectId })),
    stopUpload: () => {
      stop.current?.abort()
      setBusy(false)
      setUpload(null)
    },
  }
}
