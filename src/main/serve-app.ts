import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AppError } from '../contract/errors.ts'
import { composeApp } from './compose-app.ts'
import { startHeadlessHost } from './headless-host.ts'
import { browserHost } from './host-services.ts'
import { programFiles } from './program-files.ts'

export interface ServeOptions {
  /** 0 = a free one. */
  port: number
  dataDir: string
  /** Whether the system's browser is sent to the page. */
  open: boolean
  say(line: string): void
  pageDir?: string
}

export interface ServedApp {
  url: string
  dataDir: string
  /** Stops a running loop (it can be gone on with), the engine and the page. */
  close(): Promise<void>
}

/**
 * The app without Electron: the same page and the same services, for browsers of this machine. Throws FILE_NOT_FOUND
 * when the page is not built, BAD_INPUT when the port is taken.
 */
export async function serveApp({
  port,
  dataDir: dir,
  open,
  say,
  pageDir = programFiles.pageDir,
}: ServeOptions): Promise<ServedApp> {
  if (!existsSync(join(pageDir, 'index.html'))) {
    throw new AppError(
      'FILE_NOT_FOUND',
      `Expected the built page in ${pageDir}, found none. Run "npm run build" first.`,
    )
  }
  const dataDir = resolve(dir)
  const app = composeApp(dataDir, browserHost)
  try {
    const host = await startHeadlessHost({ pageDir, handlers: app.handlers, port })
    say(`SPIN Studio is at ${host.url}`)
    say(`Runs are recorded in ${dataDir}. Ctrl-C ends it; a run can be gone on with.`)
    if (open) openInBrowser(host.url, say)
    return {
      url: host.url,
      dataDir,
      async close() {
        await host.close()
        await app.dispose()
      },
    }
  } catch (error) {
    await app.dispose()
    throw error
  }
}

function openInBrowser(url: string, say: (line: string) => void): void {
  const command =
    process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open'
  const child = spawn(command, [url], { stdio: 'ignore', detached: true })
  child.on('error', () => say('No program to open the page with was found; open the address above yourself.'))
  child.unref()
}
