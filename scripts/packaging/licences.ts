import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'vite'

/** Somebody else's work in the program. */
export interface PackageLicence {
  name: string
  version: string
  /** SPDX: "MIT". */
  licence: string
  homepage: string | null
  /** What the package itself says, copyright included; empty where it brings no text. */
  text: string
}

/** What is shipped without going through a bundle: native code and its loaders, and the two programs. */
const shippedWhole = [
  'better-sqlite3',
  'onnxruntime-node',
  'onnxruntime-common',
  '@duckdb/node-api',
  '@duckdb/node-bindings',
  'detect-libc',
  'electron',
  'node',
]

/** npm's package of the Node binary names its packager; Node's own text lists what is in the binary. */
const homepages = new Map([
  ['node', (version: string) => `https://github.com/nodejs/node/blob/v${version}/LICENSE`],
  [
    'onnxruntime-node',
    (version: string) => `https://github.com/microsoft/onnxruntime/blob/v${version}/ThirdPartyNotices.txt`,
  ],
])

const rooms = ['main', 'engine', 'preload', 'renderer']
const listName = 'bundled-packages.json'
const textFile = /^(licen[cs]e|copying|ofl)(\.(md|txt))?$/i

/**
 * Part of each build: notes which packages the bundles of `room` were made from, and after the last room writes
 * out/licences.json (for the about box), out/licences.txt and out/LICENSE (for the installer).
 */
export function recordLicences(root: string, room: 'main' | 'engine' | 'preload' | 'renderer'): Plugin {
  return {
    name: 'record-licences',
    apply: 'build',
    writeBundle({ dir }) {
      if (!dir) return
      const packages = new Set([...this.getModuleIds()].flatMap((id) => packageDir(id) ?? []))
      writeFileSync(join(dir, listName), JSON.stringify([...packages].sort()))
      if (room === 'renderer') writeLicences(root, dirname(dir))
    },
  }
}

/** "/…/node_modules/a/node_modules/@b/c" of a module in it; null for our own. */
function packageDir(moduleId: string): string | null {
  return /^\0?(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)/.exec(moduleId)?.[1] ?? null
}

function writeLicences(root: string, outDir: string): void {
  const lists = rooms.map((room) => join(outDir, room, listName))
  if (!lists.every((path) => existsSync(path))) return // one room was built alone
  const bundled = lists.flatMap((path) => JSON.parse(readFileSync(path, 'utf8')) as string[])
  const licences = collectLicences([
    ...bundled,
    ...shippedWhole.map((name) => join(root, 'node_modules', name)),
  ])
  writeFileSync(join(outDir, 'licences.json'), JSON.stringify(licences))
  writeFileSync(join(outDir, 'licences.txt'), licencesText(licences))
  copyFileSync(join(root, 'LICENSE'), join(outDir, 'LICENSE'))
}

/** Of these package folders, one entry a name and version, by name. */
export function collectLicences(dirs: readonly string[]): PackageLicence[] {
  const found = new Map<string, PackageLicence>()
  for (const dir of dirs) {
    const manifestPath = join(dir, 'package.json')
    if (!existsSync(manifestPath)) continue
    const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as {
      name: string
      version: string
      license?: string | { type: string }
      homepage?: string
      repository?: string | { url: string }
    }
    const { name, version, license, homepage, repository } = manifest
    const file = readdirSync(dir).find((candidate) => textFile.test(candidate))
    const source = typeof repository === 'string' ? repository : repository?.url
    found.set(`${name}@${version}`, {
      name,
      version,
      licence: (typeof license === 'string' ? license : license?.type) ?? 'not stated',
      homepage:
        homepages.get(name)?.(version) ??
        homepage ??
        source?.replace(/^git\+/, '').replace(/\.git$/, '') ??
        null,
      text: file ? readFileSync(join(dir, file), 'utf8').trim() : '',
    })
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

function licencesText(licences: readonly PackageLicence[]): string {
  const rule = '='.repeat(100)
  const entries = licences.map(({ name, version, licence, homepage, text }) => {
    const words = text || `The package brings no text of its own; it names the licence ${licence}.`
    return [
      rule,
      `${name} ${version}`,
      `Licence: ${licence}`,
      ...(homepage ? [homepage] : []),
      '',
      words,
      '',
    ].join('\n')
  })
  return [
    'SPIN Studio is licensed under the Apache License 2.0, see LICENSE. It contains the work of others:',
    '',
    ...entries,
  ].join('\n')
}
