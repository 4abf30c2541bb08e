import { mkdir, open, readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { fileError } from '../file-error.ts'
import { fileSha256 } from '../loop/stage-outputs.ts'

export interface UploadPiece {
  upload: string // uuid
  name: string
  totalBytes: number
  offset: number
  bytes: Uint8Array
  last: boolean
}

const dataKinds = new Set(['.parquet', '.json', '.jsonl', '.ndjson', '.csv'])
const maxUploadBytes = 20 * 2 ** 30
/** Left free for the rows that are made of it, and for everyone else. */
const spareBytes = 512 * 2 ** 20
const forgottenAfterMs = 24 * 3600_000
const longestName = 120
const partSuffix = '.part'

/**
 * Takes a piece of a file that a browser sends; see `uploadFile` of the datasets contract. Nothing is held between pieces but
 * the file itself, so that a stopped program leaves a part that is cleared a day later.
 */
export async function receiveUpload(
  dir: string,
  { upload, name, totalBytes, offset, bytes, last }: UploadPiece,
  signal?: AbortSignal,
): Promise<{ path: string | null }> {
  const part = join(dir, `${upload}${partSuffix}`)
  try {
    if (offset === 0) await begin(dir, name, totalBytes)
    const file = await open(part, offset === 0 ? 'wx' : 'r+').catch((error: unknown) => {
      throw outOfTurn(error, name)
    })
    try {
      const { size } = await file.stat()
      if (size !== offset || offset + bytes.length > totalBytes) {
        throw new AppError(
          'BAD_INPUT',
          `Expected byte ${size} of ${totalBytes} of ${name} next, found ${bytes.length} bytes from ${offset}. Drop the file again.`,
          { expected: size, offset },
        )
      }
      if (last && offset + bytes.length !== totalBytes) {
        throw new AppError(
          'BAD_INPUT',
          `${name} ended after ${offset + bytes.length} of ${totalBytes} bytes: it changed while it was read. Drop it again.`,
        )
      }
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await file.write(bytes, at, bytes.length - at, offset + at)
        at += bytesWritten
      }
      if (signal?.aborted) throw new AppError('CANCELLED', `Copying ${name} was stopped.`)
      if (last) await file.sync()
    } finally {
      await file.close()
    }
    return { path: last ? await publishInTurn(dir, part, safeName(name), totalBytes) : null }
  } catch (error) {
    await rm(part, { force: true })
    throw diskError(error, name, dir)
  }
}

async function begin(dir: string, name: string, totalBytes: number): Promise<void> {
  if (!dataKinds.has(extname(name).toLowerCase())) {
    throw new AppError(
      'BAD_INPUT',
      `Expected a .parquet, .json, .jsonl or .csv file, found ${name.slice(-80)}. Convert it or choose another file.`,
    )
  }
  if (totalBytes > maxUploadBytes) {
    throw new AppError(
      'BAD_INPUT',
      `${name} has ${gigabytes(totalBytes)}; a browser can hand over at most ${gigabytes(maxUploadBytes)}. Put the file on this machine and choose it there.`,
    )
  }
  await mkdir(dir, { recursive: true })
  await clearForgotten(dir)
  const { bavail, bsize } = await statfs(dir)
  const free = bavail * bsize
  if (free >= totalBytes + spareBytes) return
  throw new AppError(
    'DISK_FULL',
    `${name} needs ${gigabytes(totalBytes)} and ${gigabytes(spareBytes)} to spare in ${dir}; ${gigabytes(free)} are free. Free some space, then drop it again.`,
    { totalBytes, free },
  )
}

let publishing: Promise<unknown> = Promise.resolve()

/** One after another: two files of one name must not both find it free. */
function publishInTurn(...file: Parameters<typeof publish>): Promise<string> {
  const published = publishing.then(() => publish(...file))
  publishing = published.catch(() => undefined)
  return published
}

/** Under its own name, or `name-2` where that is another file's; the same content is kept once. */
async function publish(dir: string, part: string, name: string, totalBytes: number): Promise<string> {
  const extension = extname(name)
  const stem = name.slice(0, name.length - extension.length)
  let sha256: string | null = null
  for (let n = 1; ; n++) {
    const path = join(dir, n === 1 ? name : `${stem}-${n}${extension}`)
    const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (there === null) {
      await rename(part, path)
      return path
    }
    if (there.size !== totalBytes) continue
    sha256 ??= await fileSha256(part)
    if ((await fileSha256(path)) !== sha256) continue
    await rm(part)
    await utimes(path, new Date(), new Date()) // dropped just now, for who clears the folder
    return path
  }
}

/** Letters, digits, dot, hyphen and underscore; folders become part of the name, because they may name the split. */
export function safeName(name: string): string {
  const extension = extname(name).toLowerCase()
  const stem = name
    .slice(0, name.length - extension.length)
    .normalize('NFKC')
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replaceAll(/\.{2,}/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '')
  // The end names the file, the folders before it only where they fit; Windows knows devices by short names.
  const short = [...stem]
    .slice(-longestName)
    .join('')
    .replace(/^[.-]+/, '')
  return `${short === '' || /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(short) ? `file-${short || '1'}` : short}${extension}`
}

async function clearForgotten(dir: string): Promise<void> {
  for (const entry of await readdir(dir)) {
    if (!entry.endsWith(partSuffix)) continue
    const path = join(dir, entry)
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null // another upload has just ended
      throw error
    })
    if (found && Date.now() - found.mtimeMs > forgottenAfterMs) await rm(path, { force: true })
  }
}

function outOfTurn(error: unknown, name: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ENOENT' && code !== 'EEXIST') return error
  return new AppError('BAD_INPUT', `The pieces of ${name} did not come in order. Drop the file again.`)
}

function diskError(error: unknown, name: string, dir: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return fileError(error, dir)
  return new AppError(
    'DISK_FULL',
    `The disk is full: ${name} was not taken. Free some space, then drop it again.`,
    {},
    { cause: error },
  )
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
