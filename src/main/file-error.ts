import { AppError } from '../contract/errors.ts'

/** What the system says of a file or folder as an error with what to do; anything else is returned unchanged. */
export function fileError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new AppError(
      'DISK_FULL',
      `The disk is full at ${path}. Free some space, then try again.`,
      { path },
      { cause: error },
    )
  if (['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'ENOTEMPTY', 'EIO', 'ENOTDIR', 'EISDIR', 'EEXIST'].includes(code))
    return new AppError(
      'FILE_UNREADABLE',
      `${path} cannot be changed (${code}). Check your rights on it and that no other program has it open, then try again.`,
      { path, code },
      { cause: error },
    )
  if (code === 'ENOENT')
    return new AppError(
      'FILE_NOT_FOUND',
      `${path} is not there. It may have been moved or deleted, or its disk is not connected.`,
      { path },
      { cause: error },
    )
  return error
}
