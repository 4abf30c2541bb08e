import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findNode, type NodeSearch } from '../../../src/main/node-runtime.ts'
import { locateProgramFiles, programFiles } from '../../../src/main/program-files.ts'

let dir: string
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'program-'))))
afterAll(() => rmSync(dir, { recursive: true }))

/** As inside Electron: its own Node is none for the engine. */
const electron = (program: NodeSearch['program'], platform = 'linux'): NodeSearch => ({
  program,
  versions: { ...process.versions, node: '24.18.0', electron: '45.4.1' },
  execPath: '/opt/SPIN Studio/spin-studio',
  platform,
})

describe('locateProgramFiles', () => {
  it('starts the sources from a checkout', () => {
    expect(locateProgramFiles('file:///home/ada/spin/src/main/program-files.ts', 'linux')).toEqual({
      isPackaged: false,
      rootDir: '/home/ada/spin',
      engineEntry: '/home/ada/spin/src/engine/index.ts',
      engineNode: null,
      pageDir: '/home/ada/spin/out/renderer',
      starterDir: '/home/ada/spin/resources/starter',
      judgeQuestionsPath: '/home/ada/spin/resources/judging/questions.jsonl',
      licencesPath: '/home/ada/spin/out/licences.json',
      updateFeedPath: null,
    })
    expect(programFiles.engineEntry).toMatch(/src[\\/]engine[\\/]index\.ts$/)
  })

  it('starts the bundle from a built checkout, also from a chunk of the bundle', () => {
    for (const name of ['index.js', 'chunks/program-files-Ab12.js']) {
      const found = locateProgramFiles(`file:///home/ada/spin/out/main/${name}`, 'linux')
      expect(found.engineEntry).toBe('/home/ada/spin/out/engine/index.js')
      expect(found.starterDir).toBe('/home/ada/spin/resources/starter')
    }
  })

  it('points plain Node at files beside app.asar in an installed program', () => {
    expect(
      locateProgramFiles('file:///opt/SPIN%20Studio/resources/app.asar/out/main/index.js', 'linux'),
    ).toEqual({
      isPackaged: true,
      rootDir: '/opt/SPIN Studio/resources/app.asar',
      engineEntry: '/opt/SPIN Studio/resources/app.asar.unpacked/out/engine/index.js',
      engineNode: '/opt/SPIN Studio/resources/engine/node',
      pageDir: '/opt/SPIN Studio/resources/app.asar/out/renderer',
      starterDir: '/opt/SPIN Studio/resources/starter',
      judgeQuestionsPath: '/opt/SPIN Studio/resources/judging/questions.jsonl',
      licencesPath: '/opt/SPIN Studio/resources/app.asar/out/licences.json',
      updateFeedPath: '/opt/SPIN Studio/resources/app-update.yml',
    })
  })

  it('uses the backslashes and the .exe of Windows', () => {
    const url = 'file:///C:/Program%20Files/SPIN%20Studio/resources/app.asar/out/main/chunks/x.js'
    const found = locateProgramFiles(url, 'win32')
    expect(found.engineNode).toBe('C:\\Program Files\\SPIN Studio\\resources\\engine\\node.exe')
    expect(found.engineEntry).toBe(
      'C:\\Program Files\\SPIN Studio\\resources\\app.asar.unpacked\\out\\engine\\index.js',
    )
  })
})

describe('findNode', () => {
  const installed = (name: string): NodeSearch['program'] =>
    locateProgramFiles(
      pathToFileURL(join(dir, name, 'resources', 'app.asar', 'out', 'main', 'index.js')).href,
    )

  it('takes the Node that the installer brought, whatever this process is', () => {
    const program = installed('whole')
    mkdirSync(join(dir, 'whole', 'resources', 'engine'), { recursive: true })
    writeFileSync(program.engineNode!, '')
    expect(findNode(program.engineEntry, electron(program, process.platform))).toBe(program.engineNode)
    const plain = { program, versions: process.versions, execPath: process.execPath, platform: 'linux' }
    expect(findNode(program.engineEntry, plain)).toBe(program.engineNode)
  })

  it('says that an installation without it is not complete', () => {
    const program = installed('broken')
    expect(() => findNode(program.engineEntry, electron(program))).toThrow(/not complete. Install it again/)
  })

  it('takes this process in a checkout, unless it is Electron or too old; then the one that npm installed', () => {
    const root = join(dir, 'checkout')
    const program = locateProgramFiles(pathToFileURL(join(root, 'out', 'main', 'index.js')).href)
    const plain: NodeSearch = { ...electron(program), versions: process.versions, execPath: '/usr/bin/node' }
    expect(findNode(program.engineEntry, plain)).toBe('/usr/bin/node')

    const old: NodeSearch = { ...plain, versions: { ...process.versions, node: '20.20.2' } }
    expect(() => findNode(program.engineEntry, old)).toThrow(
      /needs Node 22.14 or later; this program runs on 20/,
    )
    mkdirSync(join(root, 'node_modules', 'node', 'bin'), { recursive: true })
    const pinned = join(root, 'node_modules', 'node', 'bin', 'node')
    writeFileSync(pinned, '')
    expect(findNode(program.engineEntry, old)).toBe(pinned)
    expect(findNode(program.engineEntry, electron(program))).toBe(pinned)
  })
})
