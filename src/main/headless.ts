import { parseArgs } from 'node:util'
import { AppError } from '../contract/errors.ts'
import { defaultDataDir } from './data-dir.ts'
import { serveApp } from './serve-app.ts'

/** `npm start` without Electron's window; `spin-studio serve` is the same. */
const usage = `Usage: npm start -- [--port N] [--data-dir DIR] [--open]
  --port N        listen on 127.0.0.1:N (default: a free port)
  --data-dir DIR  where runs are recorded (default: ${defaultDataDir()})
  --open          open the page in the default browser`

async function main(): Promise<void> {
  const options = readOptions()
  if (options.help) return console.log(usage)
  const served = await serveApp({
    port: options.port,
    dataDir: options.dataDir ?? defaultDataDir(),
    open: options.open,
    say: (line) => console.log(line),
  })
  let ending = false
  const end = (): void => {
    if (ending) process.exit(130) // asked twice: at once
    ending = true
    console.log('Ending: finishing what is in flight…')
    void served.close().then(() => process.exit(0))
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

try {
  await main()
} catch (error) {
  if (!(error instanceof AppError)) throw error
  console.error(error.message)
  process.exit(1)
}
