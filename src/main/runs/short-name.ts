import { basename, dirname } from 'node:path'

/** The last name of a path, with its parent where the name alone says nothing. */
export function shortName(path: string): string {
  const name = basename(path)
  return /^(model|dataset|data|train\.parquet)$/.test(name) ? `${basename(dirname(path))}/${name}` : name
}
