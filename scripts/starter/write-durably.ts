import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'

/** Temporary name in the same folder, fsync, rename: a reader never sees half a file. */
export function writeDurably(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.tmp-${process.pid}`
  const file = openSync(temporary, 'w')
  try {
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
}
