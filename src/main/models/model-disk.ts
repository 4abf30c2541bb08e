import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes of the files that lie in a model's folder, links followed and folders left out; null = it is not there. */
export async function modelDisk(dir: string): Promise<number | null> {
  if (!existsSync(dir)) return null
  const names = await readdir(dir)
  const sizes = await Promise.all(
    names.map(async (name) => {
      const path = join(dir, name)
      // A link to nothing has no size; inspecting the model names it.
      if (!existsSync(path)) return 0
      const found = await stat(path)
      return found.isFile() ? found.size : 0
    }),
  )
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}
