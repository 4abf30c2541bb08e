/**
 * Everything that the benchmark needs on a bare Linux x64 machine without a network, as one archive: Node, ONNX Runtime with
 * WebGPU, DuckDB and the sources. The CUDA provider and NVIDIA's libraries are larger than all of it and stay outside.
 *
 *   npm run bench:gpu-pack [-- FILE]        default: spin-gpu.tar.xz
 *   there:  tar xJf spin-gpu.tar.xz && spin-gpu/run --provider webgpu
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const mostBytes = 64 * 2 ** 20
const root = join(import.meta.dirname, '../..')
const target = resolve(process.argv[2] ?? 'spin-gpu.tar.xz')

/** Of each package what runs on Linux x64 alone: the others' native files are most of it. */
const kept = [
  'package.json',
  'src',
  'bench',
  'node_modules/@duckdb/node-api',
  'node_modules/@duckdb/node-bindings',
  'node_modules/@duckdb/node-bindings-linux-x64',
  'node_modules/onnxruntime-common',
  'node_modules/onnxruntime-node/package.json',
  'node_modules/onnxruntime-node/dist',
  'node_modules/onnxruntime-node/bin/napi-v6/linux/x64',
  'node_modules/yaml',
  'node_modules/zod',
  'scripts/starter',
]

if (process.platform !== 'linux' || process.arch !== 'x64')
  throw new Error(`expected Linux x64, whose files are packed, found ${process.platform} ${process.arch}`)
const work = mkdtempSync(join(tmpdir(), 'spin-pack-'))
try {
  const folder = join(work, 'spin-gpu')
  for (const path of kept) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(join(root, path), join(folder, path), {
      recursive: true,
      filter: (from) =>
        !/\.(map|md|cts|d\.ts)$|\/(src\/renderer|bench\/peers\/node_modules|zod\/src|onnxruntime-common\/lib)(\/|$)/.test(
          from,
        ),
    })
  }
  cpSync(process.execPath, join(folder, 'node'))
  writeFileSync(
    join(folder, 'run'),
    '#!/bin/sh\ncd "$(dirname "$0")" && exec ./node --disable-warning=ExperimentalWarning bench/gpu/index.ts "$@"\n',
  )
  chmodSync(join(folder, 'run'), 0o755)
  execFileSync('tar', ['-C', work, '--use-compress-program=xz -9 -T0', '-cf', target, 'spin-gpu'])
} finally {
  rmSync(work, { recursive: true })
}
const { size } = statSync(target)
console.log(`${target}: ${(size / 2 ** 20).toFixed(1)} MiB`)
if (size > mostBytes) {
  console.error(`Expected at most ${mostBytes / 2 ** 20} MiB.`)
  process.exit(1)
}
