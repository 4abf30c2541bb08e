import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileError } from '../file-error.ts'

const longestName = 60

/** A folder named for the project, `helpdesk-replies`, `helpdesk-replies-2`, …: the first that is free; it is made. Throws FILE_UNREADABLE, DISK_FULL. */
export function newProjectDir(projectsDir: string, name: string): string {
  try {
    mkdirSync(projectsDir, { recursive: true })
    const stem = folderName(name)
    for (let n = 1; ; n++) {
      const dir = join(projectsDir, n === 1 ? stem : `${stem}-${n}`)
      if (existsSync(dir)) continue
      mkdirSync(dir)
      return dir
    }
  } catch (error) {
    throw fileError(error, projectsDir)
  }
}

/** Letters, digits and hyphens alone: a name that every file system takes. */
export function folderName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, longestName)
  // Windows knows devices by such names.
  return plain === '' || /^(con|prn|aux|nul|com\d|lpt\d)$/.test(plain) ? `project-${plain || '1'}` : plain
}
