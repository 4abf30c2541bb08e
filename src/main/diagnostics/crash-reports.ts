import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { release, type } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { CrashReportCard } from '../../contract/app/preferences.ts'
import { exitText, type EngineExit } from '../crash-record.ts'
import { replaceFile } from '../replace-file.ts'
import { logShape } from './log-shapes.ts'

/** A crash as it is kept: what can be shared without looking, in the shapes of log-shapes.ts. */
const CrashReport = z.object({
  at: z.iso.datetime(),
  what: z.enum(['program', 'window', 'engine']),
  summary: z.string(),
  lines: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  system: z.string(),
})
export type CrashReport = z.infer<typeof CrashReport>

export interface CrashReports {
  readonly dir: string
  /** Writes a report at once (the process may be dying); null when a person has switched them off. */
  write(what: CrashReport['what'], summary: string, lines: readonly string[]): string | null
  list(): CrashReportCard[]
  /** Newest first. */
  read(limit: number): CrashReport[]
  deleteAll(): number
}

const mostReports = 50
const namePattern = /^crash-[\dTZ-]+-\d{3}-(program|window|engine)\.json$/

/** Reports in `crash-reports` of the data folder, the oldest given up beyond fifty. Nothing is ever sent. */
export function openCrashReports({
  dataDir,
  versions,
  isOn,
}: {
  dataDir: string
  versions: Readonly<Record<string, string>>
  isOn: () => boolean
}): CrashReports {
  const dir = join(dataDir, 'crash-reports')

  function names(): string[] {
    mkdirSync(dir, { recursive: true })
    return readdirSync(dir)
      .filter((name) => namePattern.test(name))
      .sort()
      .toReversed()
  }
  function parsed(name: string): CrashReport | null {
    try {
      return CrashReport.parse(JSON.parse(readFileSync(join(dir, name), 'utf8')))
    } catch (error) {
      // Cut off by a power failure, or edited: still listed and deletable by its name.
      if (error instanceof SyntaxError || error instanceof z.ZodError) return null
      throw error
    }
  }
  return {
    dir,
    write(what, summary, lines) {
      if (!isOn()) return null
      const taken = names()
      for (const old of taken.slice(mostReports - 1)) rmSync(join(dir, old), { force: true })
      const now = new Date().toISOString()
      // Sorted by name they are sorted by time: the number says which of one millisecond came first.
      const stem = `crash-${now.replaceAll(/[:.]/g, '-')}`
      const again = taken.filter((name) => name.startsWith(stem)).length
      const path = join(dir, `${stem}-${String(again).padStart(3, '0')}-${what}.json`)
      const report: CrashReport = {
        at: now,
        what,
        summary,
        lines: lines.map(logShape),
        versions: { ...versions },
        system: `${type()} ${release()}`,
      }
      replaceFile(path, `${JSON.stringify(report, null, 2)}\n`)
      return path
    },
    list: () =>
      names().map((name) => {
        const report = parsed(name)
        const { size, mtimeMs } = statSync(join(dir, name))
        const [, what] = namePattern.exec(name) ?? []
        return {
          name,
          at: report ? Date.parse(report.at) : mtimeMs,
          what: what as CrashReport['what'],
          summary: report?.summary ?? 'The report cannot be read',
          bytes: size,
        }
      }),
    read: (limit) =>
      names()
        .slice(0, limit)
        .flatMap((name) => parsed(name) ?? []),
    deleteAll() {
      const found = names()
      for (const name of found) rmSync(join(dir, name))
      // Chromium's dumps hold parts of a process's memory.
      const dumps = dumpsIn(dir)
      for (const dump of dumps) rmSync(dump, { force: true })
      return found.length + dumps.length
    },
  }
}

function dumpsIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.dmp'))
    .map((entry) => join(entry.parentPath, entry.name))
}

/** For an engine's `onExit`: its unexpected ends become reports. */
export function reportEngineExit(reports: CrashReports, exit: EngineExit): void {
  if (exit.expected) return
  const memory = exit.outOfMemory ? ', memory ran out' : ''
  // A failed start says the path of what could not be started; its code is enough.
  const ended =
    exit.pid === null
      ? `could not be started (${/\bE[A-Z]+\b/.exec(exit.reason ?? '')?.[0] ?? 'reason not known'})`
      : exitText(exit)
  reports.write('engine', `Engine ended with ${ended}${memory}`, exit.stderr)
}

/** An error that nobody expected, as name and shapes; its message may quote a person's data and is left out. */
export function reportError(reports: CrashReports, what: CrashReport['what'], error: unknown): string | null {
  const found = error instanceof Error ? error : new Error(String(error))
  const code =
    'code' in found && typeof found.code === 'string' && /^[A-Z0-9_]+$/.test(found.code)
      ? ` ${found.code}`
      : ''
  const frames = (found.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return reports.write(what, `${found.name}${code}`, frames)
}
