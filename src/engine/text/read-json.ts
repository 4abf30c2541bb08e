import { readFile } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'

/** A text file's content; undefined where there is no such file. Throws FILE_UNREADABLE, also for invalid UTF-8. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
      return undefined
    throw new AppError('FILE_UNREADABLE', `cannot read ${path}: ${String(cause)}`, { path }, { cause })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new AppError(
      'FILE_UNREADABLE',
      `${path} is not UTF-8 text. Download or copy it again.`,
      { path },
      { cause },
    )
  }
}

/** Parsed JSON, to be parsed again by a schema; undefined where there is no such file. Throws FILE_UNREADABLE. */
export async function readJsonIfThere(path: string): Promise<unknown> {
  const text = await readTextIfThere(path)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const pointer = text.startsWith('version https://git-lfs')
      ? ' It is a Git LFS pointer: run "git lfs pull" there.'
      : ''
    throw new AppError('FILE_UNREADABLE', `${path} is not JSON (${why}).${pointer}`, { path }, { cause })
  }
}
