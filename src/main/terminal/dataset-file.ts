import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AppError } from '../../contract/errors.ts'

export type Split = 'train' | 'test'

/** The file names of the official repository's reformat and gather. */
export const prefsName = (split: Split): string => `${split}_prefs-00000-of-00001.parquet`

/**
 * The Parquet file of a split: `path` itself, or in a folder the official name, `train.parquet`, or the one Parquet file
 * whose name begins with the split, there or in `data/`. null when the folder has none.
 * @throws AppError FILE_NOT_FOUND
 */
export function findSplit(path: string, split: Split): string | null {
  const at = existing(path)
  if (statSync(at).isFile()) return at
  for (const dir of [at, join(at, 'data')].filter(
    (candidate) => existsSync(candidate) && statSync(candidate).isDirectory(),
  )) {
    const preferred = [prefsName(split), `${split}.parquet`]
      .map((name) => join(dir, name))
      .find((file) => existsSync(file))
    if (preferred) return preferred
    const named = readdirSync(dir).filter(
      (name) => name.endsWith('.parquet') && new RegExp(`^${split}[._-]`).test(name),
    )
    if (named.length === 1) return join(dir, named[0]!)
  }
  return null
}

/** @throws AppError FILE_NOT_FOUND */
export function requireSplit(path: string, split: Split): string {
  const found = findSplit(path, split)
  if (found) return found
  throw new AppError(
    'FILE_NOT_FOUND',
    `${resolve(path)} should hold ${prefsName(split)} (or ${split}.parquet) and does not. Make it with "spin-studio reformat" or "spin-studio gather".`,
    { path: resolve(path), split },
  )
}

/** The absolute path of something that must be there. @throws AppError FILE_NOT_FOUND */
export function existing(path: string): string {
  const at = resolve(path)
  if (existsSync(at)) return at
  const hub = /^[\w.-]+\/[\w.-]+$/.test(path)
    ? ` "${path}" looks like a name on the Hugging Face Hub: download it, and give the folder it is in.`
    : ' Check the path.'
  throw new AppError('FILE_NOT_FOUND', `${at} does not exist.${hub}`, { path: at })
}
