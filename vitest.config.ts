import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { cudaEnvironment } from './src/main/cuda-environment.ts'

// For test/gpu: the loader reads its path when a process starts, and the tests' processes start from here.
Object.assign(process.env, cudaEnvironment(process.env, join(import.meta.dirname, 'src/engine/index.ts')))

export default defineConfig({
  test: {
    include: ['test/{unit,golden,faults,webgpu,gpu,package}/**/*.test.ts'],
    // Native modules (ONNX Runtime, DuckDB, SQLite) want a process of their own, not a worker thread.
    pool: 'forks',
    // ONNX Runtime already uses every core; more files at once only fight for them.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
