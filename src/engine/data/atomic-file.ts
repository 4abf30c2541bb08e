import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../contract/errors.ts'

/** Makes `temporary` the new content of `path`: fsync of the file, rename, fsync of the folder. Both in one folder. */
export async function publishFile(temporary: string, path: string): Promise<void> {
  await syncPath(temporary, 'r+')
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/** Writes a small file whole: a reader sees the old content or the new one, never a part. */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`
  try {
    const handle = await open(temporary, 'w')
    try {
      await handle.writeFile(text)
    } finally {
      await handle.close()
    }
    await publishFile(temporary, path)
  } catch (error) {
    throw fileError(error, path, 'write')
  }
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true })
}

async function syncPath(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows can't open a folder for fsync; there the rename itself is journalled.
  if (process.platform === 'win32') return
  await syncPath(folder, 'r')
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
