// node scripts/run.mjs <file.ts|file.mjs> [arguments]: set-up, then the file under the pinned Node.
import { ensureSetup } from './setup.mjs'
import { runPinned } from './run-pinned.mjs'

const [file, ...args] = process.argv.slice(2)
if (!file) {
  console.error('Usage: node scripts/run.mjs <file> [arguments]')
  process.exit(2)
}
await ensureSetup()
process.exit(await runPinned([file, ...args]))
