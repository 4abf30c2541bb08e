import { existsSync, realpathSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import type { Store } from '../store/store.ts'

const mostProjects = 10_000

/**
 * The real path of what may be shown in the file manager: the data folder, projects, models of the record, and what is in
 * them. Throws BAD_INPUT for anything else, FILE_NOT_FOUND for what is no longer there.
 */
export function knownPath(store: Store, path: string, folders: readonly string[]): string {
  const wanted = resolve(path)
  const known = [
    ...folders,
    ...store.projectPage(mostProjects).map(({ dir }) => dir),
    ...store.modelPage(mostProjects).map(({ dir }) => dir),
  ]
  if (!known.some((dir) => isWithin(wanted, resolve(dir)))) refuse(path)
  if (!existsSync(wanted)) {
    throw new AppError('FILE_NOT_FOUND', `${path} is no longer there. It may have been moved or deleted.`, {
      path,
    })
  }
  // A link inside a known folder must not lead out of all of them.
  const real = realpathSync(wanted)
  if (!known.some((dir) => existsSync(dir) && isWithin(real, realpathSync(dir)))) refuse(path)
  return real
}

const isWithin = (path: string, dir: string): boolean =>
  path === dir || path.startsWith(dir.endsWith(sep) ? dir : dir + sep)

function refuse(path: string): never {
  throw new AppError(
    'BAD_INPUT',
    `Expected a folder of a project or model that this program knows, found ${path}. Open it with the file manager itself.`,
    { path },
  )
}
