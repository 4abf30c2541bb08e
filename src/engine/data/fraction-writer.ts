import { mkdir, open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { FractionRow } from '../../contract/chat.ts'
import type { FractionDone } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { publishFile } from '../files/durable-file.ts'
import { fileError, removeFile } from './atomic-file.ts'
import { fractionLine, openFractionJournal, readFractionJournal } from './fraction-journal.ts'
import { fractionFileName, readFractionManifest, recordFraction } from './fraction-manifest.ts'
import type { FractionEntry, Split } from './fraction-manifest.ts'
import { fileSha256, textSha256 } from './row-identity.ts'

export interface FractionOptions {
  dir: string
  split: Split
  index: number
  /** The fraction's rows in dataset order. */
  rowIds: readonly string[]
  /** Hash of everything that decides the answers: model, data, settings, fracLen. */
  key: string
  /**
   * Whose journal, where several engines answer rows of one fraction: each has its own, and the rows of all count. A writer
   * of a part never seals by itself.
   */
  part?: string
}

/**
 * One fraction file in the making. Rows may be appended in any order; `seal` writes them in dataset order, so the file's
 * bytes depend on the rows alone. After a crash at any point `openFraction` with the same key goes on.
 */
export interface FractionWriter {
  /** Ids of the rows that need no answer any more; all of them in a sealed fraction. */
  readonly finished: ReadonlySet<string>
  /** The result when the fraction is already complete, otherwise null. */
  sealedFraction(): FractionDone | null
  /** Journals rows; they are on disk when it resolves. */
  append(rows: readonly FractionRow[]): Promise<void>
  /** Publishes the file, records it in `manifest.json`, removes the journal. All rows must be there. */
  seal(): Promise<FractionDone>
  /** Leaves an unsealed fraction for later. */
  close(): Promise<void>
}

/** Errors: FRACTION_MISMATCH (files of other settings), BAD_INPUT (a row id that comes twice), DISK_FULL. */
export async function openFraction(options: FractionOptions): Promise<FractionWriter> {
  const { dir, rowIds, key, part } = options
  const ids = new Set(rowIds)
  if (ids.size !== rowIds.length || ids.size === 0) {
    throw new AppError(
      'BAD_INPUT',
      `Expected distinct row ids for a fraction, found ${ids.size} in ${rowIds.length} rows. Import the dataset again: it removes duplicates.`,
    )
  }
  await mkdir(dir, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, dir, 'write')
  })
  const path = join(dir, fractionFileName(options.split, options.index))
  const journalPath = part === undefined ? `${path}.journal` : `${path}.journal.${part}`
  const complete = await sealedBefore(options, path)
  if (complete !== null) {
    for (const left of await journalsOf(path)) await removeFile(left)
    return sealedWriter(complete, ids)
  }

  const journal = await openFractionJournal(journalPath, key, ids)
  const others = (await journalsOf(path)).filter((other) => other !== journalPath)
  for (const other of others) {
    for (const row of await readFractionJournal(other, key, ids))
      if (!journal.rows.has(row.id)) journal.rows.set(row.id, row)
  }
  let sealed: FractionDone | null = null
  const seal = async (): Promise<FractionDone> => {
    if (sealed !== null) return sealed
    const entry = await writeFraction(options, path, journal.rows)
    await recordFraction(dir, entry)
    await journal.remove()
    for (const other of others) await removeFile(other)
    sealed = doneOf(entry, path)
    return sealed
  }
  // A crash between the last row and the manifest: everything is known, so finish it now.
  if (part === undefined && journal.rows.size === ids.size) await seal()
  return {
    get finished() {
      return new Set(journal.rows.keys())
    },
    sealedFraction: () => sealed,
    async append(rows) {
      const stranger = rows.find((row) => !ids.has(row.id))
      if (sealed !== null || stranger !== undefined) {
        throw new AppError(
          'INTERNAL',
          `Row ${stranger?.id ?? rows[0]?.id} does not belong to the open fraction ${path}.`,
        )
      }
      await journal.append(rows)
    },
    seal,
    close: () => journal.close(),
  }
}

/** Every journal of a fraction: of an engine alone and of the parts, in the order of their names. */
async function journalsOf(path: string): Promise<string[]> {
  const name = basename(path)
  const isJournal = (file: string) => file === `${name}.journal` || file.startsWith(`${name}.journal.`)
  const files = await readdir(dirname(path)).catch((error: unknown) => {
    throw fileError(error, dirname(path), 'read')
  })
  return files
    .filter(isJournal)
    .sort()
    .map((file) => join(dirname(path), file))
}

async function sealedBefore(options: FractionOptions, path: string): Promise<FractionDone | null> {
  const { dir, split, index, rowIds, key } = options
  const entry = (await readFractionManifest(dir))?.find((f) => f.split === split && f.index === index)
  const exists = await isFile(path)
  if (entry === undefined) {
    // Without a journal beside it, nothing tells with which model and settings the file was made.
    if (exists && (await journalsOf(path)).length === 0) {
      throw mismatch(path, 'the manifest does not list it, so the model and settings behind it are unknown')
    }
    return null
  }
  if (entry.key !== key) throw mismatch(path, 'it was made with another model, dataset or other settings')
  if (!exists) return null
  if (entry.rows !== rowIds.length || (await fileSha256(path)) !== entry.sha256) {
    throw mismatch(path, 'its content changed after it was finished')
  }
  return doneOf(entry, path)
}

function mismatch(path: string, found: string): AppError {
  return new AppError(
    'FRACTION_MISMATCH',
    `Expected ${path} to be a finished fraction of this run; ${found}. ` +
      'Choose another output folder, or move this file away to have it made again.',
    { path },
  )
}

async function writeFraction(
  options: FractionOptions,
  path: string,
  rows: ReadonlyMap<string, FractionRow>,
): Promise<FractionEntry> {
  const { rowIds, split, index, key } = options
  const missing = rowIds.filter((id) => !rows.has(id))
  if (missing.length > 0) {
    throw new AppError(
      'INTERNAL',
      `${path} was sealed before ${missing.length} of its ${rowIds.length} rows were answered.`,
    )
  }
  const ordered = rowIds.map((id) => rows.get(id)!)
  const text = ordered.map(fractionLine).join('')
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
  return {
    split,
    index,
    file: fractionFileName(split, index),
    rows: ordered.length,
    sha256: textSha256(text),
    capped: ordered.filter((row) => row.finish_reason === 'length').length,
    empty: ordered.filter((row) => (row.generated.at(-1)?.content ?? '').trim() === '').length,
    generatedTokens: ordered.reduce((sum, row) => sum + row.generated_tokens, 0),
    key,
  }
}

function sealedWriter(done: FractionDone, ids: ReadonlySet<string>): FractionWriter {
  return {
    finished: ids,
    sealedFraction: () => done,
    append: () => Promise.reject(new AppError('INTERNAL', `${done.path} is sealed.`)),
    seal: () => Promise.resolve(done),
    close: () => Promise.resolve(),
  }
}

function doneOf(entry: FractionEntry, path: string): FractionDone {
  const { file: _file, key: _key, ...counts } = entry
  return { kind: 'fraction', path, ...counts }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw fileError(error, path, 'read')
  }
}
