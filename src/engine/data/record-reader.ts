import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import { AppError } from '../../contract/errors.ts'
import { fileError } from './atomic-file.ts'
import { count } from '../../strings/amounts.ts'

/** A row larger than this is dropped as `too-large`: more text than any context window we train holds. */
export const maxRowBytes = 8 * 1024 * 1024

const readBytes = 1024 * 1024
/** Bytes that may be read again behind broken records, as a multiple of the file; keeps a hostile file from costing n². */
const rereadShare = 4

/** Finds where a record ends, byte by byte; keeps its state between calls until the record ended. */
export interface RecordScanner {
  /** Index just past the record, or −1 when it does not end in `window[from…]`. */
  scan(window: Buffer, from: number): number
  /** True when the index that `scan` returned ends something between two records, which is no row. */
  skipped: boolean
  /** What is wrong with the record that just ended; null = nothing. Reading it clears it. */
  takeProblem(): string | null
  /** At the end of the file: what the bytes since the last returned index are. */
  atEnd(): 'between' | 'whole' | 'open'
  /**
   * Starts over at the second line of a broken record. Left out where a line inside a record can pass for a record of
   * its own, so that what is broken would come out as wrong rows.
   */
  recover?(): void
}

/** Text of one record, or why there is none. `row` is 1-based. */
export type TextRecord =
  | { row: number; text: string }
  | { row: number; reason: 'invalid-utf8' | 'too-large' | 'unreadable'; detail: string }

export interface RecordBatch {
  records: TextRecord[]
  bytesRead: number
}

/**
 * Streams a text file as records with bounded memory: one record of at most `maxRowBytes` and one read buffer.
 * Where the scanner can recover, a record whose brackets or quotes swallowed the ones behind it costs itself alone.
 */
export async function* readRecords(path: string, scanner: RecordScanner): AsyncGenerator<RecordBatch> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw fileError(error, path, 'read')
  })
  try {
    let row = 0
    let rereadBytes = rereadShare * (await handle.stat()).size
    let position = await skipByteOrderMark(handle, path)
    let window: Buffer = Buffer.alloc(0)
    let recordAt = position // file offset of the record in work
    let droppedBytes = 0 // bytes of an oversized record that are no longer in the window
    for (;;) {
      const chunk = Buffer.allocUnsafe(readBytes)
      const { bytesRead } = await handle.read(chunk, 0, readBytes, position)
      position += bytesRead
      let scanFrom = window.length
      window =
        scanFrom === 0 ? chunk.subarray(0, bytesRead) : Buffer.concat([window, chunk.subarray(0, bytesRead)])
      const records: TextRecord[] = []
      let start = 0
      let goOnAt: number | null = null
      while (goOnAt === null) {
        const end = scanner.scan(window, scanFrom)
        if (end === -1) break
        const problem = scanner.takeProblem()
        const recordEnd = recordAt + droppedBytes + end - start
        if (!scanner.skipped) {
          row += 1
          records.push(
            textRecord(row, window.subarray(start, end), problem === null ? droppedBytes : 0, problem),
          )
          if (problem !== null) goOnAt = await secondLine(scanner, handle, recordAt, recordEnd)
        }
        recordAt = recordEnd
        droppedBytes = 0
        start = end
        scanFrom = end
      }
      window = window.subarray(start)
      if (bytesRead === 0 && goOnAt === null && window.length + droppedBytes > 0) {
        const rest = scanner.atEnd()
        if (rest !== 'between') {
          row += 1
          const problem =
            rest === 'open' ? openProblem(scanner, window.length + droppedBytes) : scanner.takeProblem()
          records.push(textRecord(row, window, problem === null ? droppedBytes : 0, problem))
          if (problem !== null) goOnAt = await secondLine(scanner, handle, recordAt, position)
        }
      }
      yield { records, bytesRead: position }
      if (goOnAt !== null && position - goOnAt <= rereadBytes) {
        rereadBytes -= position - goOnAt
        scanner.recover?.()
        position = goOnAt
        recordAt = goOnAt
        droppedBytes = 0
        window = Buffer.alloc(0)
      } else if (bytesRead === 0) {
        return
      } else if (window.length > maxRowBytes) {
        droppedBytes += window.length
        window = Buffer.alloc(0)
      }
    }
  } finally {
    await handle.close()
  }
}

function openProblem(scanner: RecordScanner, bytes: number): string {
  const found = 'a quote or bracket of this row does not close before the file ends'
  return scanner.recover === undefined
    ? `${found}; the last ${bytes} bytes of the file are lost with it`
    : found
}

/** Offset of the second line of a broken record, where it has one and the scanner can go on there. */
async function secondLine(
  scanner: RecordScanner,
  handle: Handle,
  from: number,
  to: number,
): Promise<number | null> {
  if (scanner.recover === undefined) return null
  const chunk = Buffer.allocUnsafe(Math.min(readBytes, to - from))
  for (let at = from; at < to;) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, at)
    if (bytesRead === 0) return null
    const newline = chunk.subarray(0, bytesRead).indexOf(0x0a)
    if (newline !== -1) return at + newline + 1 < to ? at + newline + 1 : null
    at += bytesRead
  }
  return null
}

function textRecord(row: number, bytes: Buffer, droppedBytes: number, problem: string | null): TextRecord {
  const size = bytes.length + droppedBytes
  if (size > maxRowBytes) {
    return {
      row,
      reason: 'too-large',
      detail: `${count(size)} bytes, at most ${count(maxRowBytes)} are read`,
    }
  }
  if (problem !== null) return { row, reason: 'unreadable', detail: problem }
  if (!isUtf8(bytes)) return { row, reason: 'invalid-utf8', detail: 'bytes that are not UTF-8' }
  return { row, text: bytes.toString('utf8') }
}

type Handle = Awaited<ReturnType<typeof open>>

async function skipByteOrderMark(handle: Handle, path: string): Promise<number> {
  const head = Buffer.alloc(3)
  await handle.read(head, 0, 3, 0)
  const mark = head.readUInt16BE(0)
  if (mark === 0xfffe || mark === 0xfeff) {
    throw new AppError(
      'FILE_UNREADABLE',
      `Expected UTF-8 text in ${path}, found UTF-16 (byte order mark). Save the file as UTF-8.`,
      { path },
    )
  }
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0
}

/** One record a line: JSON Lines. */
export class LineScanner implements RecordScanner {
  readonly skipped = false

  scan(window: Buffer, from: number): number {
    return window.indexOf(0x0a, from) + 1 || -1
  }

  takeProblem(): string | null {
    return null
  }

  atEnd(): 'whole' {
    return 'whole'
  }
}
