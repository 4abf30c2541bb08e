import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { AppError } from '../contract/errors.ts'
import { createApp } from './app.ts'
import { defaultDataDir } from './data-dir.ts'
import { createHandlers } from './handlers.ts'
import { startHeadlessHost } from './headless-host.ts'

/** The app without Electron: the same page and the same services, in a browser of this machine. */
const usage = `Usage: npm start -- [--port N] [--data-dir DIR] [--open]
  --port N        listen on 127.0.0.1:N (default: a free port)
  --data-dir DIR  where runs are recorded (default: ${defaultDataDir()})
  --open          open the page in the default browser`

async function main(): Promise<void> {
  const options = readOptions()
  if (options.help) return console.log(usage)
  const pageDir = resolve(fileURLToPath(new URL('../../out/renderer', import.meta.url)))
  if (!existsSync(join(pageDir, 'index.html'))) {
    throw new AppError(
      'FILE_NOT_FOUND',
      `Expected the built page in ${pageDir}, found none. Run "npm run build" first.`,
    )
  }
  const dataDir = resolve(options.dataDir ?? defaultDataDir())
  const app = createApp({ dataDir })
  const host = await startHeadlessHost({
    pageDir,
    handlers: createHandlers(app, dataDir),
    port: options.port,
  })
  console.log(
    `SPIN Studio is at ${host.url}\nRuns are recorded in ${dataDir}. Ctrl-C ends it; a run can be gone on with.`,
  )
  if (options.open) openInBrowser(host.url)

  let ending = false
  const end = (): void => {
    if (ending) process.exit(130) // asked twice: at once
    ending = true
    console.log('Ending: finishing what is in flight…')
    void host
      .close()
      .then(() => app.dispose())
      .then(() => process.exit(0))
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
}

function readOptions(): { port: number; dataDir: string | undefined; open: boolean; help: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        open: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
    const port = Number(values.port ?? 0)
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new TypeError(`--port wants 0 to 65535, found ${values.port}`)
    return { port, dataDir: values['data-dir'], open: values.open ?? false, help: values.help ?? false }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new AppError('BAD_INPUT', `${error.message}\n${usage}`, {}, { cause: error })
  }
}

function openInBrowser(url: string): void {
  const [command, args]: [string, string[]] =
    process.platform === 'darwin'
      ? ['open', [url]]
      : process.platform === 'win32'
        ? ['explorer', [url]]
        : ['xdg-open', [url]]
  const child = spawn(command, args, { stdio: 'ignore', detached: true })
  child.on('error', () =>
    console.log('No program to open the page with was found; open the address above yourself.'),
  )
  child.unref()
}

try {
  await main()
} catch (error) {
  if (!(error instanceof AppError)) throw error
  console.error(error.message)
  process.exit(1)
}
