import { cpSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import { buildEngine } from './scripts/packaging/build-engine.ts'
import { recordLicences } from './scripts/packaging/licences.ts'

const root = fileURLToPath(new URL('.', import.meta.url))

export default defineConfig({
  main: {
    build: {
      rollupOptions: {
        input: join(root, 'src/main/index.ts'),
        output: { entryFileNames: '[name].js' },
      },
    },
    plugins: [
      {
        name: 'copy-migrations',
        writeBundle: () =>
          cpSync(join(root, 'src/main/store/migrations'), join(root, 'out/main/migrations'), {
            recursive: true,
          }),
      },
      recordLicences(root, 'main'),
      buildEngine(root),
    ],
  },
  preload: {
    build: {
      // A sandboxed preload cannot be a module (alex8088/electron-vite#776).
      rollupOptions: {
        input: join(root, 'src/preload/index.ts'),
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
    plugins: [recordLicences(root, 'preload')],
  },
  renderer: {
    root: resolve(root, 'src/renderer'),
    build: {
      minify: true,
      // A page served under a strict policy has no inlined files.
      assetsInlineLimit: 0,
      rollupOptions: { input: join(root, 'src/renderer/index.html') },
    },
    plugins: [react(), recordLicences(root, 'renderer')],
  },
})
