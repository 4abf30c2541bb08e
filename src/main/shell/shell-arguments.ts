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

/** `--data-dir DIR` or `--data-dir=DIR`, as the other hosts have it; null = not given. */
export function dataDirOfArguments(args: readonly string[], workingDir: string): string | null {
  const name = '--data-dir'
  const at = args.indexOf(name)
  const joined = args.find((arg) => arg.startsWith(`${name}=`))
  const dir = at >= 0 ? args[at + 1] : joined?.slice(name.length + 1)
  return dir ? resolve(workingDir, dir) : null
}
