import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../contract/errors.ts'
import { syncFolder } from './sync-folder.ts'
import { askServer, refused, type RemoteFile, unreachable } from './remote-file.ts'

export interface DownloadOptions {
  signal: AbortSignal
  /** Bytes of this file that are there, at the start and after each piece. */
  onBytes(bytes: number): void
  /** Attempts in a row that bring nothing new. */
  maxFailures?: number
  /** Before the next attempt, times the number of failures. */
  retryMs?: number
}

/**
 * Fetches a file to `path`. An interrupted one is kept as `path.part` and goes on from there by a Range request; the whole is
 * checked against size and checksum, and only then gets its name. Throws FILE_NOT_FOUND (unreachable, refused), FILE_UNREADABLE
 * (other bytes than the server promises), DISK_FULL.
 */
export async function downloadFile(
  file: RemoteFile,
  path: string,
  { signal, onBytes, maxFailures = 5, retryMs = 1000 }: DownloadOptions,
): Promise<void> {
  const part = `${path}.part`
  await mkdir(dirname(path), { recursive: true })
  let failures = 0
  for (;;) {
    const before = await sizeOf(part)
    try {
      if (before < file.bytes || file.bytes === 0) await fetchRest(file, part, before, { signal, onBytes })
      break
    } catch (error) {
      signal.throwIfAborted()
      if (!isTransient(error)) throw diskFullOr(error, part)
      failures = (await sizeOf(part)) > before ? 1 : failures + 1
      if (failures >= maxFailures) throw error
      await pause(retryMs * failures, undefined, { signal })
    }
  }
  await expectWhole(file, part, signal)
  await rename(part, path)
  await syncFolder(dirname(path))
}

/** Whether a file is there with the bytes that its server promises. */
export async function isWhole(file: RemoteFile, path: string, signal: AbortSignal): Promise<boolean> {
  return (await sizeOf(path)) === file.bytes && (await checksumOf(file, path, signal)) === file.checksum.hex
}

/** Appends what is missing; a server that does not know ranges sends all of it again. */
async function fetchRest(
  file: RemoteFile,
  part: string,
  from: number,
  { signal, onBytes }: Pick<DownloadOptions, 'signal' | 'onBytes'>,
): Promise<void> {
  // Compressed on the way, a range would not be one of the file's bytes.
  const headers = { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) }
  const answer = await askServer(file, { headers, signal })
  if (answer.status === 416) {
    await answer.body?.cancel()
    await rm(part, { force: true }) // longer than the file has become: from the start
    throw unreachable(file, new Error('the part that was fetched does not fit the file'))
  }
  if (!answer.ok || !answer.body) throw refused(file, answer)
  const appends = answer.status === 206
  const target = await open(part, appends ? 'a' : 'w')
  let bytes = appends ? from : 0
  try {
    onBytes(bytes)
    for await (const piece of answer.body) {
      if (bytes + piece.length > file.bytes) throw tooLong(file)
      await target.writeFile(piece)
      bytes += piece.length
      onBytes(bytes)
    }
    await target.sync()
  } catch (error) {
    signal.throwIfAborted()
    throw isDiskError(error) || error instanceof AppError ? error : unreachable(file, error)
  } finally {
    await target.close()
  }
  if (bytes < file.bytes)
    throw unreachable(file, new Error(`the connection ended at ${bytes} of ${file.bytes} bytes`))
}

const tooLong = ({ url, bytes }: RemoteFile): AppError =>
  new AppError(
    'FILE_UNREADABLE',
    `${url} is longer than the ${bytes} bytes that its server lists. The server or a proxy changes files; try another.`,
    { url },
  )

/** Servers that fail or are busy may do better later; a refusal (401, 404) stays one. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'FILE_NOT_FOUND') return false
  const { status } = error.data
  return typeof status !== 'number' || status === 429 || status >= 500
}

/** Of this machine's disk; those of the connection come as another error's cause. */
const isDiskError = (error: unknown): boolean => error instanceof Error && 'syscall' in error

async function expectWhole(file: RemoteFile, part: string, signal: AbortSignal): Promise<void> {
  const bytes = await sizeOf(part)
  const hex = bytes === file.bytes ? await checksumOf(file, part, signal) : null
  if (hex === file.checksum.hex) return
  await rm(part, { force: true })
  const found = hex === null ? `${bytes} bytes` : `${file.checksum.algorithm} ${hex}`
  const expected = hex === null ? `${file.bytes} bytes` : `${file.checksum.algorithm} ${file.checksum.hex}`
  throw new AppError(
    'FILE_UNREADABLE',
    `${file.url} is not what its server lists: expected ${expected}, found ${found}. It was thrown away; fetch again. If it stays so, the server or a proxy changes files.`,
    { url: file.url },
  )
}

async function checksumOf(
  { checksum, bytes }: RemoteFile,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash(checksum.algorithm === 'git-sha1' ? 'sha1' : checksum.algorithm)
  if (checksum.algorithm === 'git-sha1') hash.update(`blob ${bytes}\0`)
  for await (const piece of createReadStream(path, { signal })) hash.update(piece as Buffer)
  return hash.digest('hex')
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0
    throw error
  }
}

function diskFullOr(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new AppError(
    'DISK_FULL',
    `Expected free disk space for ${path}, found none. Free some, then fetch again: what was fetched is kept.`,
    { path },
    { cause: error },
  )
}
