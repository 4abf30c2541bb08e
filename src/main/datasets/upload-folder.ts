import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import type { Store } from '../store/store.ts'
import { receiveUpload, type UploadPiece } from './uploads.ts'

/** As long a person may take from the first dropped file to the choice that names it. */
const keptMs = 24 * 3600_000

export interface UploadFolder {
  receive(piece: UploadPiece, signal?: AbortSignal): Promise<{ path: string | null }>
  /** These files or folders are being read, whatever the record says of them; returns what ends it. */
  hold(sources: readonly string[]): () => void
  /**
   * Deletes the copies, whole or in part, that no choice, no run and nobody who reads them has a use for, a day after they came; returns their
   * names. Nothing else in the folder is touched. Never throws: what cannot be deleted stays.
   */
  clear(): string[]
}

/** Copies of files that were dropped into a browser page. */
export function openUploads(dir: string, store: Pick<Store, 'recordedSources'>): UploadFolder {
  const held = new Set<readonly string[]>()

  function idle(): string[] {
    const now = Date.now()
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .filter((name) => now - statSync(join(dir, name)).mtimeMs > keptMs)
  }

  /** From the look at the record to the last deletion nothing else has its turn. */
  function unusedOf(names: readonly string[]): string[] {
    const read = [...held].flat()
    const unused = names.filter((name) => !read.some((path) => holds(path, join(dir, name))))
    if (unused.length === 0) return []
    const documents = store.recordedSources()
    if (documents.some((document) => namesFolder(document, dir))) return []
    return unused.filter((name) => !documents.some((document) => namesFile(document, dir, name)))
  }

  return {
    receive: (piece, signal) => receiveUpload(dir, piece, signal),
    hold(sources) {
      const one = sources.map((path) => resolve(path))
      held.add(one)
      return () => void held.delete(one)
    },
    clear() {
      if (!existsSync(dir)) return [] // nothing was ever dropped
      try {
        const unused = unusedOf(idle())
        for (const name of unused) rmSync(join(dir, name), { force: true })
        return unused
      } catch (error) {
        // Space that stays taken is no reason to fail a start or an import.
        console.error(error)
        return []
      }
    },
  }
}
const holds = (path: string, file: string): boolean => path === file || file.startsWith(path + sep)
const quoted = (path: string): string => JSON.stringify(path)

/** By the end of the path: the data folder may be written in another way, through a link for example. */
const namesFile = (document: string, dir: string, name: string): boolean =>
  document.includes(quoted(join(sep, basename(dir), name)).slice(1))

/** The folder itself, or one around it, was chosen as the dataset. */
function namesFolder(document: string, dir: string): boolean {
  if (document.includes(quoted(join(sep, basename(dir))).slice(1))) return true
  for (let around = dirname(resolve(dir)); ; around = dirname(around)) {
    if (document.includes(quoted(around))) return true
    if (dirname(around) === around) return false
  }
}
