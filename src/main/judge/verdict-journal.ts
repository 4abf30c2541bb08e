import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Verdict } from '../../contract/judge.ts'
import { storedJson } from '../../contract/stored-json.ts'
import { fileError } from '../file-error.ts'

/** All replies of one judge in a folder, whatever task paid for them. */
export interface VerdictJournal {
  readonly path: string
  /** By the id of the case. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** On disk when it returns. */
  append(verdicts: readonly Verdict[]): void
  close(): void
}

/** Not `.jsonl`, which FastChat's readers would take for judgments of their own shape. */
export const verdictsPath = (judgmentDir: string, judge: string): string =>
  join(judgmentDir, `${judge.replaceAll(/[^\w.-]+/g, '_')}.verdicts`)

/** Cuts off what a crash left of a last line. Throws FILE_UNREADABLE, DISK_FULL. */
export function openVerdictJournal(path: string): VerdictJournal {
  try {
    mkdirSync(dirname(path), { recursive: true })
    const { verdicts, bytes } = readVerdicts(path)
    if (existsSync(path) && statSync(path).size > bytes) truncateSync(path, bytes)
    // Appended by the system: another program that judges in the same folder loses none of its lines.
    const file = openSync(path, 'a')
    return {
      path,
      verdicts,
      append(added) {
        const data = Buffer.from(added.map((verdict) => `${JSON.stringify(verdict)}\n`).join(''))
        try {
          for (let done = 0; done < data.length;) done += writeSync(file, data, done, data.length - done)
          fsyncSync(file)
        } catch (error) {
          throw fileError(error, path)
        }
        for (const verdict of added) verdicts.set(verdict.id, verdict)
      },
      close: () => closeSync(file),
    }
  } catch (error) {
    throw fileError(error, path)
  }
}

/** What is there, without opening it for more. */
export function readVerdicts(path: string): { verdicts: Map<string, Verdict>; bytes: number } {
  const verdicts = new Map<string, Verdict>()
  if (!existsSync(path)) return { verdicts, bytes: 0 }
  const data = readFileSync(path)
  let bytes = 0
  for (let end = data.indexOf(0x0a); end !== -1; end = data.indexOf(0x0a, bytes)) {
    const verdict = Verdict.safeParse(storedJson(data.toString('utf8', bytes, end)))
    if (!verdict.success) break
    verdicts.set(verdict.data.id, verdict.data)
    bytes = end + 1
  }
  return { verdicts, bytes }
}
