import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Arch, build, Platform } from 'electron-builder'
import { root } from '../setup.mjs'
import { builderConfig, type BuilderOptions, type PackageTarget } from './builder-config.ts'

export interface PackageOptions extends Omit<BuilderOptions, keyof PackageTarget> {
  /** Only the folder of an installed program, which needs no tools from elsewhere; else the installers too. */
  treeOnly: boolean
}

export interface PackagedProgram {
  /** The folder as it is installed; on macOS it holds the .app. */
  treeDir: string
  /** Installers, and what belongs to them. */
  files: string[]
}

/** This system, if the program can be packaged for it; the engine's Node and native modules are the ones installed here. */
export function hostTarget(): PackageTarget {
  const { platform, arch } = process
  if (
    (platform !== 'linux' && platform !== 'darwin' && platform !== 'win32') ||
    (arch !== 'x64' && arch !== 'arm64')
  )
    throw new Error(`Expected Linux, macOS or Windows on x64 or arm64, found ${platform} on ${arch}.`)
  if (platform === 'darwin' && arch === 'x64')
    throw new Error(
      'onnxruntime-node has no binary for Macs with an Intel processor; package on one with Apple silicon.',
    )
  return { platform, arch }
}

/** Runs electron-builder on the built program (`npm run build` first). Never publishes. */
export async function packageProgram({ treeOnly, ...options }: PackageOptions): Promise<PackagedProgram> {
  for (const needed of ['out/main/index.js', 'out/renderer/index.html', 'out/licences.txt', 'out/LICENSE'])
    if (!existsSync(join(root, needed)))
      throw new Error(`Expected the built program with ${needed}, found none. Run "npm run build" first.`)
  const target = hostTarget()
  const config = builderConfig({ ...options, ...target })
  const platform = { linux: Platform.LINUX, darwin: Platform.MAC, win32: Platform.WINDOWS }[target.platform]
  const treeDir = join(options.outDir, treeNames[`${target.platform}-${target.arch}`])
  rmSync(treeDir, { recursive: true, force: true })
  const files = await build({
    projectDir: root,
    targets: platform.createTarget(treeOnly ? 'dir' : null, Arch[target.arch]),
    config,
    publish: 'never',
  })
  if (!existsSync(treeDir))
    throw new Error(`electron-builder said that it was done, and ${treeDir} is not there.`)
  return { treeDir, files }
}

/** electron-builder's names. */
const treeNames = {
  'linux-x64': 'linux-unpacked',
  'linux-arm64': 'linux-arm64-unpacked',
  'win32-x64': 'win-unpacked',
  'win32-arm64': 'win-arm64-unpacked',
  'darwin-x64': 'mac',
  'darwin-arm64': 'mac-arm64',
} as const
