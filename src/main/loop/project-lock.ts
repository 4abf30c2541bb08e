import { randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'

const LockRecord = z.object({
  token: z.string(),
  pid: z.number().int(),
  /** Tells a process from a later one with the same number; '' where the system does not say. */
  processStart: z.string(),
  host: z.string(),
  since: z.string(),
})
type LockRecord = z.infer<typeof LockRecord>

/**
 * Takes the right to run a project: a file with the holder's pid. The lock of a process that is gone (killed, or its
 * number reused) is taken over. Throws BUSY while another process, here or on another machine, holds it.
 * Returns the release.
 */
export function acquireProjectLock(path: string): () => void {
  const mine: LockRecord = {
    token: randomUUID(),
    pid: process.pid,
    processStart: processStart(process.pid),
    host: hostname(),
    since: new Date().toISOString(),
  }
  for (let attempt = 0; attempt < 5; attempt++) {
    if (create(path, mine)) {
      return () => {
        if (read(path)?.token === mine.token) unlinkSync(path)
      }
    }
    const holder = read(path)
    if (holder && isAlive(holder)) throw busy(path, holder)
    removeStale(path, holder?.token)
  }
  throw new AppError(
    'BUSY',
    `Several programs want ${path} at once. Let one of them finish, then try again.`,
    { path },
  )
}

/** The file appears whole or not at all: a half-written lock could not be told from a damaged one. */
function create(path: string, record: LockRecord): boolean {
  const temporary = `${path}.${record.token}`
  const file = openSync(temporary, 'wx')
  try {
    writeSync(file, JSON.stringify(record))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error))) throw error
    return createWithoutLinks(path, record)
  } finally {
    unlinkSync(temporary)
  }
}

/** exFAT and some network folders have no hard links. */
function createWithoutLinks(path: string, record: LockRecord): boolean {
  try {
    writeFileSync(path, JSON.stringify(record), { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Unreadable or damaged counts as nobody's. */
function read(path: string): LockRecord | null {
  if (!existsSync(path)) return null
  try {
    return LockRecord.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** Moves the stale file away first: between the look and the removal another process may have taken the lock. */
function removeStale(path: string, staleToken: string | undefined): void {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  const moved = read(aside)
  if (moved && moved.token !== staleToken && isAlive(moved) && !existsSync(path)) renameSync(aside, path)
  else unlinkSync(aside)
}

function isAlive({ pid, host, processStart: started }: LockRecord): boolean {
  if (host !== hostname()) return true // cannot be asked from here
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false
    if (codeOf(error) !== 'EPERM') throw error // EPERM: alive, of another user
  }
  return started === '' || processStart(pid) === started
}

/** Boot and start time of a process (Linux: field 22 of /proc/<pid>/stat, clock ticks since boot). */
function processStart(pid: number): string {
  if (process.platform !== 'linux') return ''
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '' // the name before it may hold spaces
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(codeOf(error))) return ''
    throw error
  }
}

function busy(path: string, { pid, host, since }: LockRecord): AppError {
  const elsewhere = host === hostname() ? '' : ` on ${host}`
  const removal = elsewhere ? ` If no program runs there any more, delete ${path}.` : ''
  return new AppError(
    'BUSY',
    `Another program is running this project: process ${pid}${elsewhere}, since ${since}. Wait for it or stop it, then try again.${removal}`,
    { path, pid, host, since },
  )
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''
