import { rm } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import { replaceFile } from '../files/durable-file.ts'

/** `replaceFile`, its failures in the words of the product. */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  try {
    await replaceFile(path, text)
  } catch (error) {
    throw fileError(error, path, 'write')
  }
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true })
}

/** A failure of the file system in the words of the product; an AppError passes through unchanged. */
export function fileError(error: unknown, path: string, doing: 'read' | 'write'): unknown {
  if (error instanceof AppError || !(error instanceof Error) || !('code' in error)) return error
  const options = { cause: error }
  if (error.code === 'ENOENT' && doing === 'read') {
    return new AppError(
      'FILE_NOT_FOUND',
      `Expected a file at ${path}, found none. Check the path.`,
      { path },
      options,
    )
  }
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new AppError(
      'DISK_FULL',
      `Could not write ${path}: the disk is full. Free some space and run the same again; it continues.`,
      { path },
      options,
    )
  }
  if (
    error.code === 'EACCES' ||
    error.code === 'EPERM' ||
    error.code === 'EISDIR' ||
    error.code === 'EROFS'
  ) {
    return new AppError(
      'FILE_UNREADABLE',
      `Could not ${doing} ${path}: the system answered ${error.code}. Check the permissions and that it is a file.`,
      { path, system: error.code },
      options,
    )
  }
  return error
}
