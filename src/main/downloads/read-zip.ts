import { open, type FileHandle } from 'node:fs/promises'
import { PassThrough, Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createInflateRaw } from 'node:zlib'
import { AppError } from '../../contract/errors.ts'

/**
 * A zip file of somebody else's, read strictly (PKWARE's APPNOTE 6.3.10): one disk, no encryption, stored or deflated, sizes and
 * checksums of the directory held to. Files are taken out by their exact name into a place of the caller's own: no name of the
 * archive is ever a path. Zip64 (more than 4 GB or 65,535 files) is refused by name.
 */

export interface ZipEntry {
  name: string
  /** Unpacked. */
  bytes: number
  packedBytes: number
  method: 'stored' | 'deflated'
  crc32: number
  /** Of its local header. */
  offset: number
}

export interface ZipFile {
  entries: ReadonlyMap<string, ZipEntry>
  /** Writes one file of the archive to a new file, synced. Throws FILE_UNREADABLE where the bytes are not those of the directory. */
  unpack(name: string, path: string, signal?: AbortSignal): Promise<void>
  close(): Promise<void>
}

export interface ZipLimits {
  /** Files in it. */
  mostEntries: number
  /** Of one unpacked file. */
  mostBytes: number
}

const defaultLimits: ZipLimits = { mostEntries: 10_000, mostBytes: 4e9 }
const signatures = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50 } as const
const sizes = { local: 30, central: 46, end: 22, comment: 0xffff } as const
const methods = new Map<number, ZipEntry['method']>([
  [0, 'stored'],
  [8, 'deflated'],
])
/** Bit 0: encrypted; 6: strongly; 13: its directory too. */
const encrypted = 0x2041

/** Throws FILE_UNREADABLE for what is not such a file, FILE_NOT_FOUND. */
export async function openZip(path: string, limits: Partial<ZipLimits> = {}): Promise<ZipFile> {
  const within = { ...defaultLimits, ...limits }
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const { directory, start } = await readDirectory(file, size, path, within)
    const entries = new Map<string, ZipEntry>()
    for (const entry of parseDirectory(directory, start, path, within)) {
      if (entries.has(entry.name)) throw broken(path, `two files are called ${JSON.stringify(entry.name)}`)
      entries.set(entry.name, entry)
    }
    return {
      entries,
      unpack(name, to, signal) {
        const entry = entries.get(name)
        if (!entry) throw broken(path, `it holds no ${name}`)
        return unpackEntry({ file, path, entry, end: start }, to, signal)
      },
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function readAt(file: FileHandle, path: string, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, at + done)
    if (bytesRead === 0) throw broken(path, `it ends at byte ${at + done}`)
    done += bytesRead
  }
  return buffer
}

/** The end record is searched from the end, where a comment may follow it. */
async function readDirectory(
  file: FileHandle,
  size: number,
  path: string,
  { mostEntries }: ZipLimits,
): Promise<{ directory: Buffer; start: number }> {
  const tailStart = Math.max(0, size - sizes.end - sizes.comment)
  const tail = await readAt(file, path, tailStart, size - tailStart)
  let at = tail.length - sizes.end
  while (
    at >= 0 &&
    (tail.readUInt32LE(at) !== signatures.end || at + sizes.end + tail.readUInt16LE(at + 20) !== tail.length)
  )
    at--
  if (at < 0) throw broken(path, 'it has no end record: it is cut off, or no zip file')
  const [disk, firstDisk] = [tail.readUInt16LE(at + 4), tail.readUInt16LE(at + 6)]
  const [count, bytes, start] = [
    tail.readUInt16LE(at + 10),
    tail.readUInt32LE(at + 12),
    tail.readUInt32LE(at + 16),
  ]
  if (count === 0xffff || bytes === 0xffffffff || start === 0xffffffff)
    throw broken(path, 'it is of the zip64 kind, which is not read here')
  if (disk !== 0 || firstDisk !== 0 || tail.readUInt16LE(at + 8) !== count)
    throw broken(path, 'it is spread over several files')
  if (count > mostEntries) throw broken(path, `it holds ${count} files, more than ${mostEntries}`)
  if (start + bytes > tailStart + at) throw broken(path, 'its directory reaches beyond its end')
  const directory = await readAt(file, path, start, bytes)
  return { directory, start }
}

function* parseDirectory(
  directory: Buffer,
  start: number,
  path: string,
  { mostEntries, mostBytes }: ZipLimits,
): Generator<ZipEntry> {
  let at = 0
  for (let i = 0; at < directory.length; i++) {
    if (i === mostEntries) throw broken(path, `it holds more than ${mostEntries} files`)
    if (at + sizes.central > directory.length || directory.readUInt32LE(at) !== signatures.central)
      throw broken(path, `entry ${i} of its directory is damaged`)
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) =>
      directory.readUInt16LE(at + field),
    ) as [number, number, number]
    const next = at + sizes.central + nameBytes + extraBytes + commentBytes
    if (next > directory.length) throw broken(path, `entry ${i} of its directory is cut off`)
    const name = directory.toString('utf8', at + sizes.central, at + sizes.central + nameBytes)
    const method = methods.get(directory.readUInt16LE(at + 10))
    const [packedBytes, bytes, offset] = [20, 24, 42].map((field) => directory.readUInt32LE(at + field)) as [
      number,
      number,
      number,
    ]
    if ((directory.readUInt16LE(at + 8) & encrypted) !== 0) throw broken(path, `${name} in it is encrypted`)
    if (!method) throw broken(path, `${name} in it is packed in a way that is not read here`)
    if (bytes > mostBytes) throw broken(path, `${name} in it has ${bytes} bytes, more than ${mostBytes}`)
    if (method === 'stored' && packedBytes !== bytes) throw broken(path, `${name} in it has two sizes`)
    if (offset + sizes.local + packedBytes > start) throw broken(path, `${name} in it lies outside the file`)
    yield { name, bytes, packedBytes, method, crc32: directory.readUInt32LE(at + 16), offset }
    at = next
  }
}

interface Packed {
  file: FileHandle
  path: string
  entry: ZipEntry
  /** Where the directory begins: nothing packed lies behind it. */
  end: number
}

async function unpackEntry(
  { file, path, entry, end }: Packed,
  to: string,
  signal?: AbortSignal,
): Promise<void> {
  const { name, offset, packedBytes, bytes, method } = entry
  const header = await readAt(file, path, offset, sizes.local)
  if (header.readUInt32LE(0) !== signatures.local) throw broken(path, `the header of ${name} is damaged`)
  const nameBytes = header.readUInt16LE(26)
  const dataStart = offset + sizes.local + nameBytes + header.readUInt16LE(28)
  if ((await readAt(file, path, offset + sizes.local, nameBytes)).toString('utf8') !== name)
    throw broken(path, `${name} has another name at its place`)
  if (dataStart + packedBytes > end) throw broken(path, `${name} in it lies outside the file`)
  let sum = 0
  let written = 0
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      written += piece.length
      // A few bytes can unpack to gigabytes: the directory's size is the most that is written.
      if (written > bytes) return done(broken(path, `${name} unpacks to more than its ${bytes} bytes`))
      sum = crc32(piece, sum)
      done(null, piece)
    },
  })
  const target = await open(to, 'w')
  try {
    const packed = Readable.from(pieces(file, path, dataStart, packedBytes))
    const unpacked = method === 'stored' ? new PassThrough() : createInflateRaw()
    const write = async (out: AsyncIterable<Buffer>): Promise<void> => {
      for await (const piece of out) await target.writeFile(piece)
    }
    await pipeline(packed, unpacked, counted, write, signal ? { signal } : {})
    if (written !== bytes) throw broken(path, `${name} unpacks to ${written} bytes instead of ${bytes}`)
    if (sum !== entry.crc32) throw broken(path, `the checksum of ${name} is another`)
    await target.sync()
  } catch (error) {
    throw isDamage(error) ? broken(path, `${name} in it is damaged (${error.message})`) : error
  } finally {
    await target.close()
  }
}

/** zlib's own words: "invalid block type", "unexpected end of file". */
const isDamage = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')

async function* pieces(file: FileHandle, path: string, start: number, bytes: number): AsyncGenerator<Buffer> {
  const most = 1 << 20
  for (let at = 0; at < bytes; at += most)
    yield await readAt(file, path, start + at, Math.min(most, bytes - at))
}

const broken = (path: string, what: string): AppError =>
  new AppError(
    'FILE_UNREADABLE',
    `Expected a zip file at ${path}, but ${what}. Delete it and fetch it again.`,
    { path },
  )
