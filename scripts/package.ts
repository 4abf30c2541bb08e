/**
 * npm run package [-- --tree]: builds the program and packages it for this system into dist/. Without Electron's binary
 * it says so and packages with a stand-in, into dist/stand-in: good for looking at, of no use to anyone else.
 */
import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { electronMissing, findElectron } from './find-electron.mjs'
import { runPinned } from './run-pinned.mjs'
import { debianToolMissing, makeDebianPackage } from './packaging/debian-package.ts'
import { hostTarget, packageProgram } from './packaging/package-program.ts'
import { makeStandInElectron } from './packaging/stand-in-electron.ts'
import { root } from './setup.mjs'

const usage = `Usage: npm run package -- [--tree | --deb] [--stand-in]
  --tree      only the folder of the installed program, no installers
  --deb       that folder and a .deb of it, made with this system's dpkg-deb: nothing is downloaded
  --stand-in  with a stand-in for Electron's binary, also where that is there
$SPIN_STUDIO_UPDATE_URL, when set, is where the program may look for newer versions (off until switched on).
Without --tree or --deb electron-builder makes the installers of this system and downloads the tools for it.`

const { values } = parseArgs({
  options: {
    tree: { type: 'boolean' },
    deb: { type: 'boolean' },
    'stand-in': { type: 'boolean' },
    help: { type: 'boolean' },
  },
})
if (values.help) console.log(usage)
else await main()

async function main(): Promise<void> {
  const updateUrl = process.env['SPIN_STUDIO_UPDATE_URL'] || null
  const built = await runPinned([
    'node_modules/electron-vite/bin/electron-vite.js',
    'build',
    '--logLevel',
    'warn',
  ])
  if (built !== 0) process.exit(built)
  const electron = values['stand-in'] ? null : findElectron()
  if (electron) {
    const outDir = join(root, 'dist')
    const treeOnly = values.tree === true || values.deb === true
    const options = {
      electronDist: electron.dir,
      outDir,
      compression: 'normal',
      treeOnly,
      updateUrl,
    } as const
    const made = await packageProgram(options).catch(explainDownloads)
    return report([
      made.treeDir,
      ...made.files,
      ...(values.deb ? [await deb(made.treeDir, outDir, 'xz')] : []),
    ])
  }
  const why = values['stand-in'] ? 'as asked for' : electronMissing
  console.log(
    `\nPackaging with a STAND-IN for Electron: ${why}.\n` +
      'What follows has the files, the engine and the fuses of a real package and cannot open a window.\n',
  )
  if (process.platform !== 'linux')
    throw new Error(
      'Expected Linux, whose Electron the stand-in has the shape of; get the binary as said above.',
    )
  const outDir = join(root, 'dist', 'stand-in')
  rmSync(outDir, { recursive: true, force: true })
  const electronDist = makeStandInElectron(join(outDir, 'electron'))
  const { treeDir } = await packageProgram({
    electronDist,
    outDir,
    compression: 'store',
    treeOnly: true,
    updateUrl,
  })
  const missing = values.tree ? 'only the tree was asked for' : debianToolMissing()
  if (missing) console.log(`No .deb: ${missing}.`)
  report([treeDir, ...(missing ? [] : [await deb(treeDir, outDir, 'none')])])
  console.log('No AppImage: a stand-in in it would be of no use to anyone.')
}

/** electron-builder fetches the tools of AppImage, .deb, NSIS and .dmg when they are first needed. */
function explainDownloads(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException
  if (!/^(EAI_AGAIN|ENOTFOUND|ECONN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_NON_2XX)/.test(code ?? ''))
    throw error
  console.error(
    `\nExpected electron-builder to fetch its tools for installers, found no way to them (${message}). ` +
      'Connect this machine to the network, or make what needs none of them: "npm run package -- --deb" or "-- --tree".',
  )
  process.exit(1)
}

function deb(treeDir: string, outDir: string, compression: 'xz' | 'none'): Promise<string> {
  const iconDir = join(root, 'resources', 'icons', 'png')
  return makeDebianPackage({ treeDir, outDir, iconDir, arch: hostTarget().arch, compression })
}

function report(paths: string[]): void {
  console.log('\nPackaged:')
  for (const path of paths) console.log(`  ${relative(root, path)}`)
}
