import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of this process for what it needs for a while; gone when it is removed, or with the process. */
export interface ScratchFolder {
  path: string
  remove(): void
}

const prefix = 'spin-studio-scratch-'
const inUse = new Set<string>()

/** `purpose`: one word, for whoever finds it. The name says whose it is, for `sweepScratchFolders`. */
export function makeScratchFolder(purpose: string): ScratchFolder {
  const path = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-${purpose}-`))
  if (inUse.size === 0) process.once('exit', removeAll)
  inUse.add(path)
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true })
      inUse.delete(path)
      if (inUse.size === 0) process.removeListener('exit', removeAll)
    },
  }
}

/** Removes the folders of processes that were killed: they had no time for it. */
export function sweepScratchFolders(): void {
  for (const name of namesIn(tmpdir())) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1] ?? 0)
    if (pid > 0 && pid !== process.pid && !isAlive(pid)) removeIfOurs(join(tmpdir(), name))
  }
}

/** Nothing, where they cannot be listed: whoever makes a folder there is told why it cannot. */
function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}

function removeAll(): void {
  for (const path of inUse) rmSync(path, { recursive: true, force: true })
}

/** The folder for temporary files is everyone's: what another person's program left is theirs to remove. */
function removeIfOurs(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EBUSY' && code !== 'ENOTEMPTY') throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH' // EPERM: alive, and another user's
  }
}
