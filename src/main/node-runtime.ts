import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AppError } from '../contract/errors.ts'
import { programFiles, type ProgramFiles } from './program-files.ts'

/** This process's Node, and where npm puts one. */
export interface NodeSearch {
  program: ProgramFiles
  /** process.versions of this process. */
  versions: NodeJS.ProcessVersions
  execPath: string
  platform: string
}

const thisProcess: NodeSearch = {
  program: programFiles,
  versions: process.versions,
  execPath: process.execPath,
  platform: process.platform,
}

/**
 * A plain Node that can run `entryPath`: better-sqlite3 and the engine need 22.14 (N-API 10), TypeScript without a
 * build 22.18. An installed program has its own; a checkout takes this process's where it is one, else the one that npm
 * installed. Throws RUNTIME_TOO_OLD, FILE_NOT_FOUND (an incomplete installation).
 */
export function findNode(entryPath: string, search: NodeSearch = thisProcess): string {
  const { program, versions, execPath, platform } = search
  if (program.engineNode !== null) {
    if (existsSync(program.engineNode)) return program.engineNode
    throw new AppError(
      'FILE_NOT_FOUND',
      `Expected the engine's Node at ${program.engineNode}, found none: this installation of SPIN Studio is not complete. Install it again; runs and settings stay.`,
      { path: program.engineNode },
    )
  }
  const needed: readonly [number, number] = entryPath.endsWith('.ts') ? [22, 18] : [22, 14]
  const [major = 0, minor = 0] = versions.node.split('.').map(Number)
  const isPlainNode = versions['electron'] === undefined
  if (isPlainNode && (major > needed[0] || (major === needed[0] && minor >= needed[1]))) return execPath

  const name = platform === 'win32' ? 'node.exe' : 'node'
  const candidates: string[] = []
  for (let at = program.rootDir; ; at = dirname(at)) {
    candidates.push(join(at, 'node_modules', 'node', 'bin', name))
    if (dirname(at) === at) break
  }
  const found = candidates.find((path) => existsSync(path))
  if (found) return found
  throw new AppError(
    'RUNTIME_TOO_OLD',
    `The engine needs Node ${needed.join('.')} or later; this program runs on ${versions.node} and no other Node was found ` +
      `in ${candidates.slice(0, 2).join(' or ')}. Run "npm ci" in the program's folder, or start it with a newer Node.`,
    { needed: needed.join('.'), found: versions.node },
  )
}
