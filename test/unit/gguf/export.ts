import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type WriteGgufRequest,
  writeGguf,
  type WrittenGguf,
} from '../../../src/engine/model/gguf/write-gguf.ts'
import { openModelFolder } from '../../../src/engine/model/model-folder.ts'
import { type ReadGguf, readGguf } from './gguf-reader.ts'

export interface Exported {
  written: WrittenGguf
  file: ReadGguf
  /** Progress as it was reported. */
  progress: { done: number; total: number }[]
}

export const tempFolder = (): string => mkdtempSync(join(tmpdir(), 'spin-gguf-'))

export async function runExport(request: WriteGgufRequest): Promise<Exported> {
  const run = writeGguf(request)
  const progress: Exported['progress'] = []
  for (;;) {
    const step = await run.next()
    if (step.done) return { written: step.value, file: readGguf(step.value.path), progress }
    progress.push(step.value)
  }
}

/** A model folder's own weights into a file of its own. */
export async function exportFolder(
  dir: string,
  options: Partial<Omit<WriteGgufRequest, 'from'>> = {},
): Promise<Exported> {
  const from = await openModelFolder(dir)
  return runExport({
    from,
    read: (name) => from.weights.read(name),
    outPath: join(tempFolder(), 'model.gguf'),
    type: 'f16',
    ...options,
  })
}
