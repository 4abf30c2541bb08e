import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { backendVariables } from '../../../src/contract/backend.ts'
import { chosenBackend, compileProgram } from '../../../src/engine/stages/program-backend.ts'
import { Graph } from '../../../src/engine/tensor/graph.ts'
import { tensorFlowStatus } from '../../../src/engine/tensorflow/status.ts'
import { createEngineProcess } from '../../../src/main/engine-process.ts'
import { folderOfTests } from '../../temp-folder.ts'

const run = promisify(execFile)
const modules = join(import.meta.dirname, '../../../node_modules')
const installed = join(modules, '@tensorflow/tfjs-node-gpu')
const root = folderOfTests('spin-status')

/** npm installs it without its native code (no install script runs), or not at all (--omit=optional). */
const isInstalled = existsSync(join(installed, 'package.json'))

/** A folder with the real package, its dependencies linked; `binding` fills the file of its native code, by its path. */
function withPackage(name: string, bindings: Readonly<Record<string, (path: string) => void>> = {}): string {
  const folder = join(root, name)
  const to = join(folder, 'node_modules', '@tensorflow', 'tfjs-node-gpu')
  mkdirSync(to, { recursive: true })
  for (const part of ['package.json', 'dist'])
    cpSync(join(installed, part), join(to, part), { recursive: true })
  for (const entry of readdirSync(modules))
    if (entry !== '@tensorflow' && entry !== '.bin')
      symlinkSync(join(modules, entry), join(folder, 'node_modules', entry))
  for (const entry of readdirSync(join(modules, '@tensorflow')))
    if (entry !== 'tfjs-node-gpu')
      symlinkSync(join(modules, '@tensorflow', entry), join(folder, 'node_modules', '@tensorflow', entry))
  for (const [path, fill] of Object.entries(bindings)) {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    fill(join(to, path))
  }
  return folder
}

const binding = 'lib/napi-v8/tfjs_binding.node' // the highest level that the package knows and this Node has
const statusOf = (folder: string, limitMs?: number) =>
  tensorFlowStatus({
    env: { ...process.env, [backendVariables.folder]: folder },
    ...(limitMs !== undefined && { limitMs }),
  })

test('not installed: absent, which is no fault, and how to have it', async () => {
  const status = await statusOf(root)
  expect(status).toMatchObject({ state: 'absent', version: null, computesOn: null })
  expect(status.why).toContain(`@tensorflow/tfjs-node-gpu is not installed (looked for from ${root} on)`)
  expect(status.whatToDo).toContain('npm install @tensorflow/tfjs-node-gpu@4.22.0')
})

describe.skipIf(!isInstalled)('the real package, broken in the ways in which it is found', () => {
  test('without its native code, as npm installs it here', async () => {
    const status = await statusOf(withPackage('bare'))
    expect(status.state).toBe('unusable')
    expect(status.why).toContain('native code is missing (lib/napi-v8/tfjs_binding.node)')
    expect(status.whatToDo).toContain(join(root, 'bare'))
    expect(status.whatToDo).toMatch(/tfjs-node-gpu, run: npm run install \(fetches about 400 MB/)
  })

  test('with native code of another Node', async () => {
    const folder = withPackage('other', {
      'lib/napi-v6/tfjs_binding.node': (path) => writeFileSync(path, ''),
    })
    const status = await statusOf(folder)
    expect(status.state).toBe('unusable')
    expect(status.why).toMatch(/installed by another Node \(lib\/napi-v6.*looks for lib\/napi-v8/)
  })

  test('with a file cut short', async () => {
    const status = await statusOf(withPackage('cut', { [binding]: (path) => writeFileSync(path, 'ELF') }))
    expect(status).toMatchObject({ state: 'unusable', version: '4.22.0' })
    expect(status.why).toMatch(/^It cannot be loaded: .*tfjs_binding\.node/)
    expect(status.whatToDo).toContain('npm run install')
  })

  test('with an addon that is not TensorFlow', async () => {
    const addon = join(modules, 'better-sqlite3/prebuilds', `${process.platform}-${process.arch}.node`)
    const status = await statusOf(withPackage('foreign', { [binding]: (path) => cpSync(addon, path) }))
    expect(status.state).toBe('unusable')
    // The library itself would go on with its JavaScript kernels, without a word.
    expect(status.why).toContain('It cannot be loaded: expected kernels of TensorFlow')
  })

  test('a process that does not answer in time is ended', async () => {
    const status = await statusOf(withPackage('slow', { [binding]: (path) => writeFileSync(path, '') }), 1)
    expect(status.state).toBe('unusable')
    expect(status.why).toContain('no answer within 0.001 s')
  })

  test('a manifest that is no manifest', async () => {
    const folder = withPackage('manifest')
    writeFileSync(join(folder, 'node_modules/@tensorflow/tfjs-node-gpu/package.json'), '{"version": 4}')
    const status = await statusOf(folder)
    expect(status.state).not.toBe('ready')
    expect(status.why).toContain('package.json')
  })

  const hasCompiler = existsSync('/usr/bin/cc')
  test.skipIf(!hasCompiler)('a library that its native code needs is missing: by name', async () => {
    const folder = withPackage('library', {})
    const at = join(folder, 'node_modules/@tensorflow/tfjs-node-gpu', binding)
    mkdirSync(dirname(at), { recursive: true })
    const [source, library] = [join(root, 'empty.c'), join(root, 'libtensorflow.so.2')]
    writeFileSync(source, 'int nothing(void) { return 0; }\n')
    await run('cc', ['-shared', '-fPIC', '-Wl,-soname,libtensorflow.so.2', '-o', library, source])
    await run('cc', ['-shared', '-fPIC', '-Wl,--no-as-needed', '-o', at, source, library])
    rmSync(library)
    const status = await statusOf(folder)
    expect(status.why).toContain('libtensorflow.so.2: cannot open shared object file')
    expect(status.whatToDo).toMatch(/libtensorflow\.so\.2 belongs to the package .*npm run install/)
  })

  test.skipIf(!hasCompiler)(
    'native code that brings its process down: the signal, and nothing else is lost',
    async () => {
      const folder = withPackage('crash')
      const at = join(folder, 'node_modules/@tensorflow/tfjs-node-gpu', binding)
      mkdirSync(dirname(at), { recursive: true })
      const source = join(root, 'abort.c')
      writeFileSync(
        source,
        '#include <stdlib.h>\n__attribute__((constructor)) static void end(void) { abort(); }\n',
      )
      await run('cc', ['-shared', '-fPIC', '-o', at, source])
      const status = await statusOf(folder)
      expect(status.state).toBe('unusable')
      expect(status.why).toContain('It ended the process that loaded it: SIGABRT')
    },
  )

  test('of node:util only what Node 23 removed and the package calls is put back, before anything is loaded', async () => {
    const script = `
      import util from 'node:util'
      import { loadPackage } from ${JSON.stringify(join(import.meta.dirname, '../../../src/engine/tensorflow/load-package.ts'))}
      const before = Object.getOwnPropertyNames(util)
      // It fails, for the package has no native code here: what it did before that is looked at.
      try { loadPackage(${JSON.stringify(installed)}) } catch {}
      const added = Object.getOwnPropertyNames(util).filter((name) => !before.includes(name))
      console.log(JSON.stringify({ added, answers: [null, undefined, 0].map(util.isNullOrUndefined) }))`
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script])
    const report = JSON.parse(stdout.trim().split('\n').at(-1)!) as { added: string[]; answers: boolean[] }
    expect(report.answers).toEqual([true, true, false])
    expect(['isNullOrUndefined', 'isArray']).toEqual(expect.arrayContaining(report.added))
  })
})

describe('choosing', () => {
  const graph = new Graph()
  graph.output('y', graph.input('x', 'f32', [1]))

  test('ONNX Runtime unless another is named; a name that is none is refused', () => {
    expect(chosenBackend({})).toBe('onnxruntime')
    expect(chosenBackend({ [backendVariables.backend]: 'tensorflow' })).toBe('tensorflow')
    expect(() => chosenBackend({ [backendVariables.backend]: 'torch' })).toThrow(
      /Expected onnxruntime or .*tensorflow in SPIN_STUDIO_BACKEND, found torch/,
    )
  })

  test('TensorFlow that is not there is an error at the first program, which says what to do', async () => {
    vi.stubEnv(backendVariables.backend, 'tensorflow')
    vi.stubEnv(backendVariables.folder, root)
    try {
      const compiled = compileProgram(graph, { threads: 1 })
      await expect(compiled).rejects.toMatchObject({ code: 'BACKEND_UNUSABLE' })
      await expect(compiled).rejects.toThrow(
        /cannot be used\. .*is not installed.*npm install .*Or choose the processor/,
      )
    } finally {
      vi.unstubAllEnvs()
    }
    const program = await compileProgram(graph, { threads: 1 })
    expect(await program.run({ x: Float32Array.of(3) })).toEqual({ y: Float32Array.of(3) })
    await program.release()
  })

  test('the engine says the status over its pipe, from its own environment', async () => {
    const engine = createEngineProcess({ env: { [backendVariables.folder]: root } })
    try {
      expect(await engine.client().call('tensorFlowStatus', {})).toMatchObject({ state: 'absent' })
    } finally {
      await engine.stop()
    }
  })
})
