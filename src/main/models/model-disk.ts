import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes of the files that lie in a model's folder, links followed and folders left out; null = it cannot be read. */
export async function modelDisk(dir: string): Promise<number | null> {
  const names = await readdir(dir).catch(nothingThere)
  if (names === null) return null
  let bytes = 0
  for (const name of names) {
    // A link to nothing has no size; inspecting the model names it.
    const found = await stat(join(dir, name)).catch(nothingThere)
    if (found?.isFile()) bytes += found.size
  }
  return bytes
}

function nothingThere(error: unknown): null {
  if (error instanceof Error && 'code' in error) return null
  throw error
}
