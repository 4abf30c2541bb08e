import { readFileSync, statfsSync } from 'node:fs'
import { arch, availableParallelism, cpus, freemem, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import type { MachineCard } from '../contract/app.ts'
import { programFiles } from './program-files.ts'

const { version } = JSON.parse(readFileSync(join(programFiles.rootDir, 'package.json'), 'utf8')) as {
  version: string
}

/** What this machine has; nothing is started or measured for it. */
export function describeMachine(dataDir: string): MachineCard {
  const { bavail, blocks, bsize } = statfsSync(dataDir)
  return {
    platform: `${type()} ${release()}, ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    freeMemoryBytes: freemem(),
    dataDir,
    diskBytes: blocks * bsize,
    freeDiskBytes: bavail * bsize,
    versions: { 'spin-studio': version, node: process.versions.node },
  }
}
