import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderOfTest } from '../../temp-folder.ts'

const module = (path: string): string =>
  JSON.stringify(join(import.meta.dirname, '../../../src/engine', path))

test('a session leaves neither ONNX Runtime’s log nor its identifier of the machine', () => {
  const dir = folderOfTest('runtime-test')
  const [home, temporary] = [join(dir, 'home'), join(dir, 'temporary')]
  for (const path of [home, temporary]) mkdirSync(path)
  const code = `
    import { Program } from ${module('onnx/program.ts')}
    import { exp } from ${module('tensor/build.ts')}
    import { Graph } from ${module('tensor/graph.ts')}
    const graph = new Graph()
    graph.output('y', exp(graph.input('x', 'f32', [2])))
    const program = await Program.compile(graph, { threads: 1 })
    const { y } = await program.run({ x: Float32Array.of(0, 0) })
    console.log([...y].join(' '))`
  // Both keep it silent by themselves.
  const { ORT_DISABLE_TELEMETRY: _said, CI: _ci, ...env } = process.env
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', code], {
    env: { ...env, HOME: home, XDG_CACHE_HOME: home, TMPDIR: temporary },
    encoding: 'utf8',
  })
  expect(said.trim()).toBe('1 1')
  expect(readdirSync(temporary)).toEqual([])
  expect(readdirSync(home, { recursive: true })).toEqual([])
})
