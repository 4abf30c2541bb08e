import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export interface DebianOptions {
  /** What electron-builder made: `linux-unpacked`. */
  treeDir: string
  outDir: string
  /** resources/icons/png. */
  iconDir: string
  arch: 'x64' | 'arm64'
  compression: 'xz' | 'none'
}

const debianArch = { x64: 'amd64', arm64: 'arm64' } as const
/** Beyond what Electron needs: the glibc of better-sqlite3's binary, and libasound, which Electron's binary links to. */
const extraDepends = ['libc6 (>= 2.34)', 'libasound2 | libasound2t64']

/** Why no .deb can be made here; null = it can. */
export function debianToolMissing(): string | null {
  if (process.platform !== 'linux') return 'a .deb is made on Linux'
  const { error } = spawnSync('dpkg-deb', ['--version'])
  return error ? 'dpkg-deb was not found ("apt-get install dpkg")' : null
}

/** A .deb of a packaged tree by the system's dpkg-deb, with nothing downloaded. Returns its path. */
export async function makeDebianPackage(options: DebianOptions): Promise<string> {
  const { treeDir, outDir, iconDir, arch, compression } = options
  mkdirSync(outDir, { recursive: true })
  const sizes = readdirSync(iconDir).filter((name) => name.endsWith('.png'))
  // Its own code is plain JavaScript without types.
  const { default: install } = (await import('electron-installer-debian' as string)) as {
    default(options: object): Promise<{ packagePaths: string[] }>
  }
  const { packagePaths } = await install({
    src: treeDir,
    dest: outDir,
    arch: debianArch[arch],
    compression,
    options: {
      name: 'spin-studio',
      productName: 'SPIN Studio',
      genericName: 'Language model training',
      bin: 'spin-studio',
      section: 'science',
      categories: ['Science', 'Development'],
      productDescription:
        'Imports a dataset, lets the model answer its prompts, trains it to tell its own answers from the human ones, ' +
        'and scores each iteration. Everything stays on this machine.',
      depends: extraDepends,
      icon: Object.fromEntries(sizes.map((name) => [name.replace('.png', ''), join(iconDir, name)])),
    },
  })
  const [path] = packagePaths
  if (!path) throw new Error(`electron-installer-debian said that it was done, and no .deb is in ${outDir}`)
  return path
}
