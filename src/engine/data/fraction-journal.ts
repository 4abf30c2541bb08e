import { open, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { FractionRow } from '../../contract/chat.ts'
import { AppError } from '../../contract/errors.ts'
import { fileError, removeFile } from './atomic-file.ts'

const JournalHead = z.object({ journal: z.literal(1), key: z.string() })

/** Finished rows of a fraction that is not sealed yet, one JSON line each behind a head line that names the key. */
export interface FractionJournal {
  rows: Map<string, FractionRow>
  /** On disk (fsync) when it resolves. */
  append(rows: readonly FractionRow[]): Promise<void>
  close(): Promise<void>
  remove(): Promise<void>
}

/**
 * Opens or starts a journal. What a crash left of a last line is cut off; so is everything behind a line that does not
 * parse, since a row that is made again comes out the same. Another key: FRACTION_MISMATCH.
 */
export async function openFractionJournal(
  path: string,
  key: string,
  ids: ReadonlySet<string>,
): Promise<FractionJournal> {
  const { rows, bytes } = await readJournal(path, key, ids)
  const handle = await open(path, bytes === 0 ? 'w' : 'r+').catch((error: unknown) => {
    throw fileError(error, path, 'write')
  })
  let position = bytes
  let open_ = true
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
  if (bytes === 0) await write(JSON.stringify({ journal: 1, key }) + '\n')
  else await handle.truncate(bytes)
  const close = async () => {
    if (open_) await handle.close()
    open_ = false
  }
  return {
    rows,
    async append(added) {
      if (added.length === 0) return
      await write(added.map(fractionLine).join(''))
      for (const row of added) rows.set(row.id, row)
    },
    close,
    async remove() {
      await close()
      await removeFile(path)
    },
  }
}

/** The one way a row is written, so that a row read back and a row just made give the same bytes. */
export function fractionLine(row: FractionRow): string {
  const turns = (messages: FractionRow['real']) => messages.map(({ role, content }) => ({ role, content }))
  return (
    JSON.stringify({
      id: row.id,
      real: turns(row.real),
      generated: turns(row.generated),
      check: row.check,
      seed: row.seed,
      finish_reason: row.finish_reason,
      prompt_tokens: row.prompt_tokens,
      generated_tokens: row.generated_tokens,
    }) + '\n'
  )
}

async function readJournal(
  path: string,
  key: string,
  ids: ReadonlySet<string>,
): Promise<{ rows: Map<string, FractionRow>; bytes: number }> {
  const rows = new Map<string, FractionRow>()
  let data: Buffer
  try {
    data = await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { rows, bytes: 0 }
    throw fileError(error, path, 'read')
  }
  let bytes = 0
  for (let end = data.indexOf(0x0a); end !== -1; end = data.indexOf(0x0a, bytes)) {
    const value = lineValue(data.subarray(bytes, end))
    if (bytes === 0) {
      const head = JournalHead.safeParse(value)
      // A head that does not parse never had a row behind it: it was the first write.
      if (!head.success) return { rows, bytes: 0 }
      if (head.data.key !== key) throw journalMismatch(path)
    } else {
      const row = FractionRow.safeParse(value)
      if (!row.success || !ids.has(row.data.id)) break
      rows.set(row.data.id, row.data)
    }
    bytes = end + 1
  }
  return { rows, bytes }
}

function lineValue(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function journalMismatch(path: string): AppError {
  return new AppError(
    'FRACTION_MISMATCH',
    `Expected ${path} to continue an answer run with the same model, data and settings; it was begun with others. ` +
      'Run it with the settings it was begun with, choose another output folder, or delete this journal to begin anew.',
    { path },
  )
}
