import { FractionRow } from '../../contract/chat.ts'
import { AppError } from '../../contract/errors.ts'
import { type JournalRules, openLineJournal, readJournal } from './line-journal.ts'

/** Finished rows of a fraction that is not sealed yet, one JSON line each behind a head line that names the key. */
export interface FractionJournal {
  rows: Map<string, FractionRow>
  /** On disk (fsync) when it resolves. */
  append(rows: readonly FractionRow[]): Promise<void>
  close(): Promise<void>
  remove(): Promise<void>
}

/** Opens or starts a fraction's journal (see line-journal.ts). Another key: FRACTION_MISMATCH. */
export async function openFractionJournal(
  path: string,
  key: string,
  ids: ReadonlySet<string>,
): Promise<FractionJournal> {
  const journal = await openLineJournal(path, rulesOf(path, key, ids))
  const rows = new Map(journal.rows.map((row) => [row.id, row]))
  return {
    rows,
    async append(added) {
      await journal.append(added.map(fractionLine))
      for (const row of added) rows.set(row.id, row)
    },
    close: () => journal.close(),
    remove: () => journal.remove(),
  }
}

/** The rows of a journal that another engine may be writing: what it has finished. */
export async function readFractionJournal(
  path: string,
  key: string,
  ids: ReadonlySet<string>,
): Promise<FractionRow[]> {
  return (await readJournal(path, rulesOf(path, key, ids))).rows
}

const rulesOf = (path: string, key: string, ids: ReadonlySet<string>): JournalRules<FractionRow> => ({
  key,
  parse: (value) => {
    const row = FractionRow.safeParse(value)
    return row.success && ids.has(row.data.id) ? row.data : null
  },
  mismatch: () => journalMismatch(path),
})

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

function journalMismatch(path: string): AppError {
  return new AppError(
    'FRACTION_MISMATCH',
    `Expected ${path} to continue an answer run with the same model, data and settings; it was begun with others. ` +
      'Run it with the settings it was begun with, choose another output folder, or delete this journal to begin anew.',
    { path },
  )
}
