import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../contract/errors.ts'

const here = dirname(fileURLToPath(import.meta.url))

/**
 * The engine's entry: the TypeScript source as it is, or the bundle beside this one. In the packaged program plain
 * Node cannot read inside app.asar, so the bundle lies unpacked beside it.
 */
export function defaultEngineEntry(): string {
  if (import.meta.url.endsWith('.ts')) return join(here, '../engine/index.ts')
  return join(here.replace(/app\.asar(?=[\\/])/, 'app.asar.unpacked'), 'engine.js')
}

/**
 * A plain Node that can run `entryPath`: better-sqlite3 and the engine need 22.14 (N-API 10), TypeScript without a
 * build 22.18. This process's own where it is one, else the packaged one, else the one npm installed.
 * Throws RUNTIME_TOO_OLD.
 */
export function findNode(entryPath: string): string {
  const needed: readonly [number, number] = entryPath.endsWith('.ts') ? [22, 18] : [22, 14]
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isPlainNode = process.versions['electron'] === undefined
  if (isPlainNode && (major > needed[0] || (major === needed[0] && minor >= needed[1])))
    return process.execPath

  const suffix = process.platform === 'win32' ? '.exe' : ''
  const resources = (process as { resourcesPath?: string }).resourcesPath
  const candidates = resources ? [join(resources, 'engine', `node${suffix}`)] : []
  for (let at = here; dirname(at) !== at; at = dirname(at))
    candidates.push(join(at, 'node_modules', 'node', 'bin', `node${suffix}`))
  const found = candidates.find((path) => existsSync(path))
  if (found) return found
  throw new AppError(
    'RUNTIME_TOO_OLD',
    `The engine needs Node ${needed.join('.')} or later; this program runs on ${process.versions.node} and no other Node ` +
      `was found in ${candidates.slice(0, 2).join(' or ')}. Run "npm ci" in the program's folder, or start it with a newer Node.`,
    { needed: needed.join('.'), found: process.versions.node },
  )
}
