import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { workstationPlan } from '../../../src/contract/presets.ts'
import { composeApp } from '../../../src/main/compose-app.ts'
import {
  openCrashReports,
  reportEngineExit,
  reportError,
} from '../../../src/main/diagnostics/crash-reports.ts'
import { diagnosticsBundle } from '../../../src/main/diagnostics/diagnostics-bundle.ts'
import { logShape } from '../../../src/main/diagnostics/log-shapes.ts'
import { browserHost } from '../../../src/main/host-services.ts'
import { describeMachine } from '../../../src/main/machine.ts'
import { defaultPreferences } from '../../../src/main/preferences/preferences.ts'
import { folderOfTest } from '../../temp-folder.ts'
import { privateLog, recordPrivateRun, secrets } from './private-record.ts'

function folder(): string {
  const dir = folderOfTest('Ottoline')
  return dir
}
const opened = (bytes: Uint8Array): string => gunzipSync(bytes).toString('utf8')

describe('the diagnostics bundle', () => {
  it('holds states, codes, numbers and versions, and nothing of names, paths and texts', () => {
    const dataDir = folder()
    const store = recordPrivateRun(dataDir)
    onTestFinished(() => store.close())
    const crashes = openCrashReports({ dataDir, versions: {}, isOn: () => true })
    reportError(crashes, 'program', new RangeError('grandmother is out of range in /home/Ottoline'))
    reportEngineExit(crashes, {
      pid: null,
      exitCode: null,
      signal: null,
      expected: false,
      served: false,
      outOfMemory: false,
      hung: false,
      deviceLost: false,
      reason: 'spawn /home/Ottoline/node ENOENT',
      stderr: privateLog,
    })
    const plan = workstationPlan({ parameters: 1e6, rows: 4000, checkable: true })
    const text = opened(
      diagnosticsBundle({
        versions: { 'spin-studio': '0.1.0' },
        host: 'browser',
        machine: describeMachine(dataDir),
        cards: { kind: 'failed', message: 'quartermaster' },
        preferences: {
          ...defaultPreferences,
          projectsDir: '/home/Ottoline/Zanzibar',
          benchmarkDataDir: '/home/Ottoline/Zanzibar/benchmarks',
          planPresets: [{ name: 'rhubarb', plan }],
        },
        crashes: crashes.read(10),
        engineLog: privateLog,
        store,
      }),
    )
    for (const secret of secrets) expect(text.toLowerCase()).not.toContain(secret.toLowerCase())
    expect(text).not.toContain(dataDir)
    expect(text).not.toMatch(/\/home\/|grandm/)

    const bundle = JSON.parse(text) as Record<string, never>
    expect(bundle['lastRun']).toMatchObject({
      state: 'failed',
      errorCode: 'DISK_FULL',
      dataset: [{ trainRows: 4000, testRows: 400 }],
      stages: [
        {
          iteration: -1,
          name: 'evaluate',
          state: 'failed',
          attempts: 1,
          seconds: 12,
          errorCode: 'DISK_FULL',
        },
      ],
      eventLevels: { error: 1 },
    })
    expect(bundle['crashes']).toHaveLength(2)
    expect(bundle['preferences']).toMatchObject({
      projectsDir: '<path>',
      benchmarkDataDir: '<path>',
      planPresets: 1,
      colorScheme: 'system',
    })
    expect(bundle['machine']).toHaveProperty('cores')
  })

  it('of a real program with its engine names neither the data folder, nor the person, nor the machine', async () => {
    const dataDir = folder()
    recordPrivateRun(dataDir).close()
    writeFileSync(join(dataDir, 'preferences.json'), '{"colorScheme":"dark"}')
    const app = composeApp(dataDir, browserHost)
    onTestFinished(() => app.dispose())
    const signal = new AbortController().signal
    const { name, bytes } = await app.handlers.calls.diagnostics({}, signal)
    expect(name).toMatch(/^spin-studio-diagnostics-\d{4}-\d\d-\d\d\.json\.gz$/)
    const text = opened(bytes)
    const { homedir } = userInfo()
    const names = [dataDir, `${homedir}/`, hostname(), ...secrets].filter((found) => found.length > 3)
    for (const found of names) expect(text).not.toContain(found)
    expect(JSON.parse(text)).toMatchObject({
      host: 'browser',
      preferences: { colorScheme: 'dark' },
      versions: {
        'onnxruntime-node': expect.stringMatching(/^\d/),
        'spin-studio': expect.stringMatching(/^\d/),
      },
    })
  })
})

describe('logShape', () => {
  it('keeps the place of a frame within the program, and hides all other paths', () => {
    expect(privateLog.slice(2, 6).map(logShape)).toEqual([
      '(line of 31 characters left out)',
      '    at readRow (src/engine/data/dataset-rows.ts:41:18)',
      '    at (function) (<path>:3:9)',
      '    at Module._compile (node:internal/modules/cjs/loader:1554:14)',
    ])
  })
  it('keeps the class and code of an error and leaves its message', () => {
    expect(logShape(privateLog[1]!)).toMatch(/^SyntaxError \(message of \d+ characters left out\)$/)
    expect(logShape("  code: 'DISK_FULL',")).toBe('  code: DISK_FULL')
  })
  it('keeps what V8, the C++ library and ONNX Runtime say of themselves', () => {
    const [fatal, terminate, , onnx] = privateLog.slice(9)
    expect(logShape(fatal!)).toBe(fatal)
    expect(logShape(terminate!)).toBe(terminate)
    expect(logShape(onnx!)).toBe('[E:onnxruntime sequential_executor.cc:516] while running MatMul')
  })
})

describe('crash reports', () => {
  it('are listed newest first, kept to fifty, and deleted together', () => {
    const crashes = openCrashReports({ dataDir: folder(), versions: { node: '24' }, isOn: () => true })
    for (let n = 0; n < 53; n++) crashes.write('engine', `Engine ended with exit code ${n}`, [])
    const list = crashes.list()
    expect(list).toHaveLength(50)
    expect(crashes.read(1)[0]?.summary).toBe('Engine ended with exit code 52')
    expect(crashes.deleteAll()).toBe(50)
    expect(crashes.list()).toEqual([])
  })
  it('take the memory dumps of the window along when they are deleted', () => {
    const dataDir = folder()
    const crashes = openCrashReports({ dataDir, versions: {}, isOn: () => true })
    mkdirSync(join(crashes.dir, 'dumps', 'completed'), { recursive: true })
    writeFileSync(join(crashes.dir, 'dumps', 'completed', 'x.dmp'), 'memory')
    crashes.write('window', 'Window process: crashed', [])
    expect(crashes.deleteAll()).toBe(2)
    expect(readdirSync(join(crashes.dir, 'dumps', 'completed'))).toEqual([])
  })
  it('are not written when a person has switched them off', () => {
    const crashes = openCrashReports({ dataDir: folder(), versions: {}, isOn: () => false })
    expect(reportError(crashes, 'program', new Error('x'))).toBeNull()
    expect(crashes.list()).toEqual([])
  })
  it('list one that cannot be read, so that it can be deleted', () => {
    const dataDir = folder()
    const crashes = openCrashReports({ dataDir, versions: {}, isOn: () => true })
    const path = crashes.write('window', 'Window process: crashed', [])!
    writeFileSync(path, '{"at": "20')
    expect(crashes.list()).toMatchObject([{ what: 'window', summary: 'The report cannot be read' }])
    expect(crashes.read(5)).toEqual([])
  })
})
