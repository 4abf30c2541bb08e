// npm run test:app [-- arguments of Playwright]: the app's tests alone, on the page as it is built.
import { spawnSync } from 'node:child_process'
import { appTestCommand } from './app-test-host.mjs'
import { ensureSetup, pinnedNode, root } from './setup.mjs'

await ensureSetup()
const [command, ...args] = appTestCommand(pinnedNode, process.argv.slice(2))
const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
if (error) throw error
process.exit(status ?? 1)
