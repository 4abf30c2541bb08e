import { basename, dirname, resolve } from 'node:path'
import type { Store } from '../store/store.ts'

/**
 * The project that a file or folder of the command line belongs to: what the system's list of recent documents, a double
 * click or a terminal hands over. null = none that the record knows.
 */
export function projectOfArguments(
  store: Pick<Store, 'projectAt'>,
  args: readonly string[],
  workingDir: string,
): string | null {
  for (const arg of args) {
    if (arg.startsWith('-')) continue
    const path = resolve(workingDir, arg)
    const dir = basename(path) === 'project.json' ? dirname(path) : path
    const project = store.projectAt(dir)
    if (project) return project.id
  }
  return null
}
