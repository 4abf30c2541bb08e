import { open, readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { AppError } from '../../contract/errors.ts'
import { storedJson } from '../../contract/stored-json.ts'
import { fileError, removeFile } from './atomic-file.ts'

/** 'answers': as journals of judged answers began before they were line journals. */
const JournalHead = z.object({ journal: z.literal([1, 'answers']), key: z.string() })

/** Finished pieces of work, one JSON line each behind a head line that names what they belong to. */
export interface LineJournal<Row> {
  /** What was there when it was opened. */
  rows: Row[]
  /** Lines with their line ends. On disk (fsync) when it resolves. */
  append(lines: readonly string[]): Promise<void>
  close(): Promise<void>
  remove(): Promise<void>
}

export interface JournalRules<Row> {
  /** What decides that a line is still of use: settings, model, data. */
  key: string
  /** A line's row; null = not one of this journal's. */
  parse: (value: unknown) => Row | null
  /** The journal was begun with another key. */
  mismatch: () => AppError
}

/**
 * Opens or starts a journal. What a crash left of a last line is cut off; so is everything behind a line that does not
 * parse, since what is made again comes out the same.
 */
export async function openLineJournal<Row>(
  path: string,
  rules: JournalRules<Row>,
): Promise<LineJournal<Row>> {
  const { rows, bytes } = await readJournal(path, rules)
  const handle = await open(path, bytes === 0 ? 'w' : 'r+').catch((error: unknown) => {
    throw fileError(error, path, 'write')
  })
  let position = bytes
  let isOpen = true
  const write = async (text: string) => {
    const data = Buffer.from(text)
    try {
      // One write may take less than it was given, e.g. on a disk that is nearly full.
      for (let done = 0; done < data.length;) {
        done += (await handle.write(data, done, data.length - done, position + done)).bytesWritten
      }
      await handle.datasync()
    } catch (error) {
      throw fileError(error, path, 'write')
    }
    position += data.length
  }
  if (bytes === 0) await write(JSON.stringify({ journal: 1, key: rules.key }) + '\n')
  else await handle.truncate(bytes)
  const close = async () => {
    if (isOpen) await handle.close()
    isOpen = false
  }
  return {
    rows,
    append: async (lines) => {
      if (lines.length > 0) await write(lines.join(''))
    },
    close,
    async remove() {
      await close()
      await removeFile(path)
    },
  }
}

/** What a journal holds, without opening it for more: `bytes` up to the end of its last whole line. */
export async function readJournal<Row>(
  path: string,
  { key, parse, mismatch }: JournalRules<Row>,
): Promise<{ rows: Row[]; bytes: number }> {
  const rows: Row[] = []
  let data: Buffer
  try {
    data = await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { rows, bytes: 0 }
    throw fileError(error, path, 'read')
  }
  let bytes = 0
  for (let end = data.indexOf(0x0a); end !== -1; end = data.indexOf(0x0a, bytes)) {
    const value = storedJson(data.toString('utf8', bytes, end))
    if (bytes === 0) {
      const head = JournalHead.safeParse(value)
      // A head that does not parse never had a row behind it: it was the first write.
      if (!head.success) return { rows, bytes: 0 }
      if (head.data.key !== key) throw mismatch()
    } else {
      const row = parse(value)
      if (row === null) break
      rows.push(row)
    }
    bytes = end + 1
  }
  return { rows, bytes }
}
