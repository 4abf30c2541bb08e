import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { extractFile, listPackage } from '@electron/asar'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FractionDone } from '../../src/contract/engine.ts'
import { createEngineProcess, type EngineProcess } from '../../src/main/engine-process.ts'
import { findNode } from '../../src/main/node-runtime.ts'
import { locateProgramFiles, type ProgramFiles } from '../../src/main/program-files.ts'
import { readUpdateFeed } from '../../src/main/updates/update-feed.ts'
import { fuses } from '../../scripts/packaging/builder-config.ts'
import { debianToolMissing, makeDebianPackage } from '../../scripts/packaging/debian-package.ts'
import { packageProgram } from '../../scripts/packaging/package-program.ts'
import { makeStandInElectron } from '../../scripts/packaging/stand-in-electron.ts'

/**
 * The program as electron-builder packages it, with a stand-in for Electron's binary: its files, its fuses, its .deb,
 * and its engine at work. No window is opened here and no installer of another system is made. Needs `npm run build`.
 */
const root = fileURLToPath(new URL('../../', import.meta.url))
const { platform, arch } = process
const packageMs = 120_000
const megabyte = 1e6
const updateUrl = 'https://updates.example/spin-studio'
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

let dir: string
let treeDir: string
let resources: string
let archived: string[]
const unpacked = (...names: string[]): string => join(resources, 'app.asar.unpacked', ...names)
/** Where the program finds its own files when Electron runs it from this folder. */
const programIn = (resourcesDir: string): ProgramFiles =>
  locateProgramFiles(pathToFileURL(join(resourcesDir, 'app.asar', 'out', 'main', 'index.js')).href)

function run(command: string, args: string[], cwd = dir): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${error ?? stderr}`)
  return stdout
}

describe.runIf(platform === 'linux')('the packaged program', () => {
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'spin-studio-package-'))
    const electronDist = makeStandInElectron(join(dir, 'electron'))
    const outDir = join(dir, 'dist')
    const options = { electronDist, outDir, compression: 'store', treeOnly: true, updateUrl } as const
    ;({ treeDir } = await packageProgram(options))
    resources = join(treeDir, 'resources')
    archived = listPackage(join(resources, 'app.asar'), { isPack: false })
  }, packageMs)
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('has the window, its page, the record’s migrations and the engine, and nothing of the sources or tests', () => {
    const migrations = readdirSync(join(root, 'src', 'main', 'store', 'migrations'))
    expect(archived).toEqual(
      expect.arrayContaining([
        '/package.json',
        '/LICENSE',
        '/resources/icons/png/32x32.png',
        '/resources/icons/png/512x512.png',
        '/out/main/index.js',
        '/out/engine/index.js',
        '/out/engine/element-worker.js',
        '/out/engine/tensorflow-trial.js',
        '/out/engine/package.json',
        '/out/preload/index.cjs',
        '/out/renderer/index.html',
        '/out/licences.json',
        ...migrations.map((name) => `/out/main/migrations/${name}`),
      ]),
    )
    const ours = archived.filter((path) => !path.startsWith('/node_modules'))
    expect(
      ours.filter(
        (path) => !/^\/(package\.json|LICENSE|out(\/|$)|resources(\/icons(\/png(\/|$)|$)|$))/.test(path),
      ),
    ).toEqual([])
    expect(ours.filter((path) => /headless|terminal|\.map$|\.d\.ts$/.test(path))).toEqual([])
    const manifest = JSON.parse(extractFile(join(resources, 'app.asar'), 'package.json').toString()) as object
    expect(manifest).toMatchObject({
      name: 'spin-studio',
      version,
      type: 'module',
      main: 'out/main/index.js',
    })
  })

  it('has native code for this system alone, and no package that the bundles already contain', () => {
    const modules = archived.filter((path) => path.startsWith('/node_modules/'))
    const names = new Set(modules.map((path) => /^\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)![1]!))
    names.delete('@duckdb')
    expect([...names].sort()).toEqual([
      '@duckdb/node-api',
      '@duckdb/node-bindings',
      `@duckdb/node-bindings-${platform}-${arch}`,
      'better-sqlite3',
      'detect-libc',
      'onnxruntime-common',
      'onnxruntime-node',
    ])
    const native = modules.filter((path) => /\.(node|so|dylib|dll)(\.|$)/.test(basename(path)))
    expect(native.map((path) => path.replace('/node_modules/', '')).sort()).toEqual([
      `@duckdb/node-bindings-${platform}-${arch}/duckdb.node`,
      `@duckdb/node-bindings-${platform}-${arch}/libduckdb.so`,
      `better-sqlite3/prebuilds/${platform}-${arch}.node`,
      `onnxruntime-node/bin/napi-v6/${platform}/${arch}/libonnxruntime.so.1`,
      `onnxruntime-node/bin/napi-v6/${platform}/${arch}/onnxruntime_binding.node`,
    ])
    for (const path of native) expect(existsSync(unpacked(path)), path).toBe(true)
    const bytes = readdirSync(treeDir, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(treeDir, name)))
      .reduce((sum, { size }) => sum + size, 0)
    expect(bytes).toBeLessThan(300 * megabyte) // 252 MB when this was written, half of it the engine's Node
  })

  it('sets every fuse in the binary', async () => {
    const wire = (await getCurrentFuseWire(join(treeDir, 'spin-studio'))) as unknown as Record<number, number>
    const character = (on: boolean): number => (on ? '1' : '0').charCodeAt(0)
    const found = Object.keys(fuses).map((name) => [name, wire[FuseV1Options[pascal(name)]!]])
    expect(found).toEqual(Object.entries(fuses).map(([name, on]) => [name, character(on)]))
    expect(fuses).toMatchObject({
      runAsNode: false,
      onlyLoadAppFromAsar: true,
      enableEmbeddedAsarIntegrityValidation: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableCookieEncryption: true,
    })
  })

  it('says what is in it and under which licences, none of which asks for our sources', () => {
    const licences = JSON.parse(extractFile(join(resources, 'app.asar'), 'out/licences.json').toString()) as {
      name: string
      licence: string
    }[]
    const names = licences.map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining(['react', '@mantine/core', 'zod', 'onnxruntime-node', 'electron']),
    )
    const permissive =
      /^(MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|OFL-1\.1|CC0-1\.0|Unlicense|BlueOak-1\.0\.0|MIT-0)$/
    expect(licences.filter(({ licence }) => !permissive.test(licence))).toEqual([])
    const text = readFileSync(join(resources, 'third-party-licences.txt'), 'utf8')
    for (const name of names) expect(text).toContain(`\n${name} `)
    expect(readFileSync(join(treeDir, 'LICENSE'), 'utf8')).toContain('Apache License')
  })

  it('keeps all of main and the page inside the archive, whose hash Electron checks', () => {
    expect(readdirSync(unpacked())).toEqual(['node_modules', 'out'])
    expect(readdirSync(unpacked('out'))).toEqual(['engine'])
  })

  it('names the address for updates that it was packaged with', () => {
    expect(readUpdateFeed(programIn(resources).updateFeedPath)?.href).toBe(`${updateUrl}/`)
  })

  it('has an engine that finds everything it imports outside the archive', () => {
    const { engineEntry } = programIn(resources)
    const sources = readdirSync(dirname(engineEntry), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.js'))
      .map((name) => readFileSync(join(dirname(engineEntry), name), 'utf8'))
    const imported = sources
      .flatMap((source) => [
        ...source.matchAll(/(?:^import |^export .* from |import\(|^import .* from )["']([^."'][^"']*)["']/gm),
      ])
      .map((match) => match[1]!)
    const packages = [...new Set(imported)].filter((name) => !isBuiltin(name)).sort()
    expect(packages).toEqual(['@duckdb/node-api', 'onnxruntime-node'])
    const require = createRequire(engineEntry)
    for (const name of packages) expect(require.resolve(name)).toContain(unpacked('node_modules', name))
  })

  it('has the SQLite of the record, which main loads from outside the archive', () => {
    const { engineNode } = programIn(resources)
    const script = `const db = require(${JSON.stringify(unpacked('node_modules/better-sqlite3'))})(':memory:')
      process.stdout.write(String(db.prepare('select 6 * 7').pluck().get()))`
    expect(run(engineNode!, ['-e', script])).toBe('42')
  })

  it(
    'runs the starter’s generation with its own Node, engine and starter',
    async () => {
      await generateFromStarter(programIn(resources), 'tree')
    },
    packageMs,
  )

  describe.skipIf(debianToolMissing() !== null)('as a .deb', () => {
    let installed: string
    let deb: string
    beforeAll(async () => {
      const iconDir = join(root, 'resources', 'icons', 'png')
      const debArch = arch === 'arm64' ? 'arm64' : 'x64'
      deb = await makeDebianPackage({ treeDir, outDir: dir, iconDir, arch: debArch, compression: 'none' })
      installed = join(dir, 'installed')
      mkdirSync(installed)
      run('dpkg', ['-x', deb, installed])
    }, packageMs)

    it('lists the program, its command, its menu entry, its icons and its licence', () => {
      const listed = run('dpkg-deb', ['-c', deb])
      for (const path of [
        './usr/lib/spin-studio/spin-studio',
        './usr/lib/spin-studio/resources/app.asar',
        './usr/lib/spin-studio/resources/engine/node',
        './usr/lib/spin-studio/resources/starter/model/model.safetensors',
        './usr/bin/spin-studio -> ../lib/spin-studio/spin-studio',
        './usr/share/applications/spin-studio.desktop',
        './usr/share/icons/hicolor/512x512/apps/spin-studio.png',
        './usr/share/doc/spin-studio/copyright',
      ])
        expect(listed).toContain(` ${path}\n`)
      expect(listed).toMatch(/^-rwsr-xr-x root\/root .*chrome-sandbox$/m) // else Chromium's sandbox refuses to start
      expect(listed).toMatch(/^-rwxr-xr-x root\/root .*resources\/engine\/node$/m)
      const field = (name: string): string => run('dpkg-deb', ['-f', deb, name]).trim()
      expect(field('Package')).toBe('spin-studio')
      expect(field('Version')).toBe(version)
      expect(field('Depends')).toContain('libc6 (>= 2.34)')
      const menu = readFileSync(join(installed, 'usr/share/applications/spin-studio.desktop'), 'utf8')
      expect(menu).toMatch(/^Name=SPIN Studio$/m)
      expect(menu).toMatch(/^Exec=spin-studio %U$/m)
    })

    it(
      'runs the starter’s generation where it was installed',
      async () => {
        await generateFromStarter(programIn(join(installed, 'usr/lib/spin-studio/resources')), 'installed')
      },
      packageMs,
    )
  })
})

/** The packaged engine, by the packaged Node, answers prompts of the packaged rows with the packaged model. */
async function generateFromStarter(program: ProgramFiles, name: string): Promise<void> {
  const nodePath = findNode(program.engineEntry, { ...thisProcess(), program })
  const engine = createEngineProcess({
    nodePath,
    entryPath: program.engineEntry,
    env: { SPIN_STUDIO_THREADS: '1' },
  })
  try {
    await generateWith(engine, program, join(dir, `work-${name}`))
  } finally {
    await engine.stop()
  }
}

async function generateWith(engine: EngineProcess, program: ProgramFiles, workDir: string): Promise<void> {
  const client = engine.client()
  const { versions } = await client.call('describe', {})
  expect(versions).toMatchObject({ 'spin-studio': version, node: process.versions.node })
  expect(versions['onnxruntime-node']).toMatch(/^\d/)

  const { parameters } = await client.call('inspectModel', { dir: join(program.starterDir, 'model') })
  expect(parameters).toBeGreaterThan(1e5)

  const dataDir = join(workDir, 'data')
  let trainPath = ''
  const sources = [join(program.starterDir, 'dataset', 'train.jsonl')]
  for await (const event of client.stream('importDataset', {
    sources,
    outDir: dataDir,
    limit: 6,
    testShare: 0.01,
  }))
    if (event.kind === 'done') trainPath = event.trainPath
  expect(existsSync(trainPath)).toBe(true)

  const fractions: FractionDone[] = []
  const request = {
    modelDir: join(program.starterDir, 'model'),
    dataPath: trainPath,
    outDir: join(workDir, 'generated'),
    split: 'train' as const,
    fracLen: 3,
    settings: { maxNewTokens: 24, batchSize: 2 },
  }
  for await (const event of client.stream('generate', request))
    if (event.kind === 'fraction') fractions.push(event)
  expect(fractions.map(({ rows }) => rows)).toEqual([3, 3])
  const answers = fractions.flatMap(({ path }) => readFileSync(path, 'utf8').trim().split('\n'))
  expect(answers).toHaveLength(6)
  for (const line of answers) {
    const { generated } = JSON.parse(line) as { generated: { content: string }[] }
    expect(generated.at(-1)?.content).toMatch(/\S/)
  }
}

function thisProcess(): Omit<Parameters<typeof findNode>[1] & object, 'program'> {
  return { versions: process.versions, execPath: process.execPath, platform }
}

function pascal(name: string): keyof typeof FuseV1Options {
  return `${name[0]!.toUpperCase()}${name.slice(1)}` as keyof typeof FuseV1Options
}
