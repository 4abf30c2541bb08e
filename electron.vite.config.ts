import { cpSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

const root = fileURLToPath(new URL('.', import.meta.url))

export default defineConfig({
  main: {
    build: {
      rollupOptions: {
        // The engine is a program of its own, run by plain Node, and so is the worker of its optimizer.
        input: {
          index: join(root, 'src/main/index.ts'),
          engine: join(root, 'src/engine/index.ts'),
          'element-worker': join(root, 'src/engine/training/element-worker.ts'),
        },
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
  },
  renderer: {
    root: resolve(root, 'src/renderer'),
    build: {
      minify: true,
      // A page served under a strict policy has no inlined files.
      assetsInlineLimit: 0,
      rollupOptions: { input: join(root, 'src/renderer/index.html') },
    },
    plugins: [react()],
  },
})
