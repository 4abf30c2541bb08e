import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

export const OutputFile = z.object({
  path: z.string(),
  bytes: z.number(),
  mtimeMs: z.number(),
  sha256: z.string(),
})
export type OutputFile = z.infer<typeof OutputFile>

/** sha256 of a file's bytes, as hex. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

export async function describeOutput(path: string): Promise<OutputFile> {
  const { size, mtimeMs } = await stat(path)
  return { path, bytes: size, mtimeMs, sha256: await fileSha256(path) }
}

/**
 * Compares files with their record: the same size and modification time count as the same bytes (a model of 14 GB
 * is not read again at every start), anything else is hashed. `damaged` are missing or hold other bytes;
 * `fresh` is the record with the modification times of now.
 */
export async function verifyOutputs(
  recorded: readonly OutputFile[],
): Promise<{ damaged: string[]; fresh: OutputFile[] }> {
  const damaged: string[] = []
  const fresh: OutputFile[] = []
  for (const file of recorded) {
    const now = existsSync(file.path) ? await stat(file.path) : null
    const same =
      now !== null &&
      now.size === file.bytes &&
      (now.mtimeMs === file.mtimeMs || (await fileSha256(file.path)) === file.sha256)
    if (same) fresh.push({ ...file, mtimeMs: now.mtimeMs })
    else damaged.push(file.path)
  }
  return { damaged, fresh }
}

/** Every file under a folder, sorted. */
export async function filesUnder(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** Renames what must be made again, so that nothing is lost: `<path>.set-aside-1`, `-2`, …. Returns the new path; null when nothing is there. */
export async function setAside(path: string): Promise<string | null> {
  if (!existsSync(path)) return null
  let n = 1
  while (existsSync(`${path}.set-aside-${n}`)) n++
  await rename(path, `${path}.set-aside-${n}`)
  return `${path}.set-aside-${n}`
}
