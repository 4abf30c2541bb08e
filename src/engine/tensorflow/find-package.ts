import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { tensorFlowWords as words } from '../../strings/tensorflow.ts'

export const packageName = '@tensorflow/tfjs-node-gpu'
/** The one that the program was made for, and the last there is. */
export const packageVersion = '4.22.0'

export interface FoundPackage {
  dir: string
  version: string
}

/** What is wrong, and what a person can do about it. */
export interface Shortcoming {
  why: string
  whatToDo: string
}

const Manifest = z.object({
  version: z.string(),
  binary: z.object({ module_name: z.string(), napi_versions: z.array(z.number()).min(1) }),
})

/** The package's folder as Node finds it from a file on; null = it does not. Nothing is loaded. */
export function findPackage(from: string): string | null {
  try {
    return dirname(createRequire(from).resolve(`${packageName}/package.json`))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null
    throw error
  }
}

/** What can be said of an installed package without running any of it. */
export function inspectPackage(dir: string): FoundPackage | Shortcoming {
  const path = join(dir, 'package.json')
  let manifest
  try {
    manifest = Manifest.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const [said = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return { why: words.manifest(path, said), whatToDo: words.installAgain(packageName, packageVersion) }
  }
  const { module_name: name, napi_versions: levels } = manifest.binary
  // As @mapbox/node-pre-gyp looks for it: the highest level that both sides know.
  const level = Math.max(...levels.filter((n) => n <= Number(process.versions.napi)))
  const bindingAt = (napi: number): string => join('lib', `napi-v${napi}`, `${name}.node`)
  if (!existsSync(join(dir, bindingAt(level)))) {
    const other = levels.find((napi) => existsSync(join(dir, bindingAt(napi))))
    const why =
      other === undefined
        ? words.noBinding(bindingAt(level))
        : words.otherBinding(bindingAt(other), process.versions.node, bindingAt(level))
    return { why, whatToDo: words.fetch(dir) }
  }
  return { dir, version: manifest.version }
}
