import { createHash } from 'node:crypto'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { syncFolder } from '../files/durable-file.ts'
import { isInside } from './model-file.ts'

/** Throws FILE_EXISTS where a model written to `outDir` would take the place of its own source or of something else. */
export async function refuseForeignFolder(outDir: string, sourceDir: string): Promise<void> {
  const source = resolve(sourceDir)
  if (source === outDir || isInside(source, outDir)) {
    throw new AppError(
      'FILE_EXISTS',
      `${outDir} is the start model itself, or a folder around it; choose another folder for the new one.`,
      { dir: outDir },
    )
  }
  const names = await namesIn(outDir)
  const isModel = (name: string) => name === 'config.json' || name === 'adapter_config.json'
  if (names === undefined || names.length === 0 || names.some(isModel)) return
  throw new AppError(
    'FILE_EXISTS',
    `${outDir} is there and holds no model (no config.json); nothing was written. Choose an empty or a new folder.`,
    { dir: outDir },
  )
}

async function namesIn(dir: string): Promise<string[] | undefined> {
  const there = await stat(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (there === undefined) return undefined
  if (!there.isDirectory())
    throw new AppError('FILE_EXISTS', `${dir} is a file; expected a folder, or nothing.`, { dir })
  return readdir(dir)
}

/**
 * Makes `partial` the folder `outDir`. One already there is kept where it is equal, and otherwise moved aside to
 * `outDir + '.replaced-N'`.
 */
export async function moveIntoPlace(partial: string, outDir: string): Promise<void> {
  const names = await namesIn(outDir)
  if (names !== undefined) {
    if (await sameFiles(partial, outDir)) {
      await rm(partial, { recursive: true })
      return
    }
    if (names.length === 0) await rm(outDir, { recursive: true })
    else await rename(outDir, await freeName(outDir))
  }
  await rename(partial, outDir)
  await syncFolder(dirname(outDir))
}

async function freeName(outDir: string): Promise<string> {
  const taken = new Set(await readdir(dirname(outDir)))
  let number = 1
  while (taken.has(`${basename(outDir)}.replaced-${number}`)) number++
  return `${outDir}.replaced-${number}`
}

async function sameFiles(one: string, other: string): Promise<boolean> {
  const names = (await readdir(one)).toSorted()
  if (names.join('\n') !== (await readdir(other)).toSorted().join('\n')) return false
  for (const name of names) {
    const [a, b] = [await stat(join(one, name)), await stat(join(other, name))]
    if (!a.isFile() || !b.isFile() || a.size !== b.size) return false
  }
  for (const name of names)
    if ((await hashOf(join(one, name))) !== (await hashOf(join(other, name)))) return false
  return true
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path)
  try {
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 2 ** 22 }))
      hash.update(chunk as Buffer)
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}
