import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { backendVariables } from '../../../src/contract/backend.ts'
import { cudaEnvironment, providerFiles, runtimeFolder } from '../../../src/main/cuda-environment.ts'
import { programFiles } from '../../../src/main/program-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'cuda-folder-'))
afterAll(() => rmSync(folder, { recursive: true }))
const entry = programFiles.engineEntry
const named = { [backendVariables.cuda]: folder }
const hasProvider = process.platform === 'linux' && process.arch === 'x64'

test('nothing is added where no folder is named, or the provider is not in it', () => {
  expect(cudaEnvironment({}, entry)).toEqual({})
  expect(cudaEnvironment(named, entry)).toEqual({})
})

test.skipIf(!hasProvider)('the folder comes first on the loader’s path, with a link to the runtime', () => {
  for (const file of providerFiles) writeFileSync(join(folder, file), '')
  const added = cudaEnvironment({ ...named, LD_LIBRARY_PATH: '/opt/cuda' }, entry)
  expect(added['LD_LIBRARY_PATH']).toBe(`${folder}:/opt/cuda`)
  const link = join(folder, 'libonnxruntime.so.1')
  expect(readlinkSync(link)).toBe(join(runtimeFolder(entry), 'libonnxruntime.so.1'))
  // An AppImage lies elsewhere at its next start: the old link leads nowhere.
  execFileSync('ln', ['-sfn', '/nowhere/libonnxruntime.so.1', link])
  expect(cudaEnvironment(named, entry)['LD_LIBRARY_PATH']).toBe(folder)
  expect(readlinkSync(link)).toBe(join(runtimeFolder(entry), 'libonnxruntime.so.1'))
})

// The whole way rests on how the binding finds its library: another onnxruntime-node may do it otherwise.
test.skipIf(!hasProvider)('a process started so looks for the provider in that folder', () => {
  const program = `
    import ort from 'onnxruntime-node'
    await ort.InferenceSession.create(new Uint8Array(8), { executionProviders: ['cuda'] }).catch(() => undefined)`
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: programFiles.rootDir,
    env: { ...process.env, ...cudaEnvironment(named, entry) },
    encoding: 'utf8',
  })
  expect(stderr).toContain(`Failed to load library ${join(folder, providerFiles[0])}`)
})
