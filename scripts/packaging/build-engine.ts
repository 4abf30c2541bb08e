import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'vite'
import { recordLicences } from './licences.ts'

/**
 * Part of each build of main: the engine, the worker of its optimizer and the trial of TensorFlow, as programs of their own in out/engine. They
 * share no file with main: what plain Node runs lies outside app.asar, and all of main inside it.
 */
export function buildEngine(root: string): Plugin {
  return {
    name: 'build-engine',
    apply: 'build',
    async writeBundle({ dir }) {
      if (!dir) return
      const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
        name: string
        version: string
        dependencies: Record<string, string>
      }
      const outDir = join(dir, '..', 'engine')
      await build({
        configFile: false,
        root,
        logLevel: 'error',
        plugins: [recordLicences(root, 'engine')],
        ssr: { noExternal: true, external: Object.keys(manifest.dependencies) }, // native code is not bundled
        build: {
          ssr: true,
          outDir,
          emptyOutDir: true,
          target: 'node24',
          rollupOptions: {
            input: {
              index: join(root, 'src/engine/index.ts'),
              'element-worker': join(root, 'src/engine/training/element-worker.ts'),
              'tensorflow-trial': join(root, 'src/engine/tensorflow/trial.ts'),
            },
            output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
          },
        },
      })
      // Its "type" makes the files modules, and its version is what the engine says of itself.
      const { name, version } = manifest
      writeFileSync(
        join(outDir, 'package.json'),
        `${JSON.stringify({ name, version, type: 'module' }, null, 2)}\n`,
      )
    },
  }
}
