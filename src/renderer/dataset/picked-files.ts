import type { MainClient } from '../main-client.ts'

/** Files as a page gets them: by drop or by choice, whole folders included. */

export interface PickedFile {
  file: File
  /** With the folders it was dropped in: "data/test/rows.parquet". */
  name: string
}

export interface UploadState {
  name: string
  doneBytes: number
  totalBytes: number
}

const dataFile = /\.(parquet|json|jsonl|ndjson|csv)$/i
/** Files that dataset tools put beside the data. */
const notData =
  /(^|\/)(\.[^/]*|dataset_infos?\.json|dataset_dict\.json|state\.json|config\.json|package(-lock)?\.json)$/
export const mostFiles = 2000
const pieceBytes = 4 * 1024 * 1024

/**
 * What was dropped: paths where the shell knows them (a folder is then a path too), else the data files, folders walked.
 * Must be called in the drop event itself: the browser forgets the items after it.
 */
export function droppedFiles(transfer: DataTransfer): { paths: string[] } | { files: Promise<PickedFile[]> } {
  const paths = pathsOf([...transfer.files])
  if (paths) return { paths }
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  return { files: entries.length > 0 ? walkAll(entries) : Promise.resolve(pickedFiles(transfer.files)) }
}

/** Absolute paths of files that the desktop shell knows; null in a browser. */
export function pathsOf(files: readonly File[]): string[] | null {
  const { desktop } = window
  if (!desktop || files.length === 0) return null
  const paths = files.map((file) => desktop.pathForFile(file))
  return paths.every((path) => path !== '') ? paths : null
}

/** Of an `<input type=file>`. */
export const pickedFiles = (files: Iterable<File>): PickedFile[] =>
  [...files].map((file) => ({ file, name: file.name }))

async function walkAll(entries: readonly FileSystemEntry[]): Promise<PickedFile[]> {
  const found: PickedFile[] = []
  // A file that was dropped itself is taken whatever it is called: main says what is wrong with it.
  for (const entry of entries) await walk(entry, found, entry.isFile)
  return found
}

async function walk(entry: FileSystemEntry, found: PickedFile[], itself: boolean): Promise<void> {
  if (found.length > mostFiles) return
  const name = entry.fullPath.replace(/^\//, '')
  if (entry.isFile) {
    if (!itself && !isData(name)) return
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    )
    found.push({ file, name })
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    // A reader gives at most a hundred at a time.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (batch.length === 0) return
    for (const child of batch.toSorted((a, b) => a.name.localeCompare(b.name)))
      await walk(child, found, false)
  }
}

const isData = (name: string): boolean => dataFile.test(name) && !notData.test(name)

/** Sends files to main piece by piece; their paths there, in order. */
export async function uploadFiles(
  client: MainClient,
  files: readonly PickedFile[],
  onState: (state: UploadState) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const totalBytes = files.reduce((sum, { file }) => sum + file.size, 0)
  const paths: string[] = []
  let doneBytes = 0
  for (const { file, name } of files) {
    const upload = crypto.randomUUID()
    for (let offset = 0; ;) {
      onState({ name, doneBytes, totalBytes })
      const bytes = new Uint8Array(await file.slice(offset, offset + pieceBytes).arrayBuffer())
      const last = offset + bytes.length >= file.size
      const piece = { upload, name, totalBytes: file.size, offset, bytes, last }
      const { path } = await client.call('uploadFile', piece, { signal })
      offset += bytes.length
      doneBytes += bytes.length
      if (path === null) continue
      paths.push(path)
      break
    }
  }
  return paths
}
