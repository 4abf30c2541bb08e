// What `npm start` was asked for and what this machine has → a window or a browser page, with the reason.

export const usage = `Usage: npm start -- [--headless] [--port N] [--data-dir DIR] [--open]
  --data-dir DIR  where runs are recorded (default: the app's own folder)
  --headless      a page for the browser, also where a window could be opened
  --port N        of the page, on 127.0.0.1 (default: a free one)
  --open          opens the page in the default browser`

/**
 * @param {string[]} args
 * @returns {{ help: boolean, headless: boolean, dataDir: string | null, hostArgs: string[], windowArgs: string[] }}
 */
export function readStartArgs(args) {
  const hostArgs = []
  const windowArgs = []
  let [help, headless, dataDir] = [false, false, null]
  for (let i = 0; i < args.length; i++) {
    const [name, given] = args[i].split(/=(.*)/s)
    if (name === '--help' || name === '-h') help = true
    else if (name === '--headless') headless = true
    else if (name === '--data-dir') {
      dataDir = given ?? args[++i] ?? ''
      hostArgs.push(`--data-dir=${dataDir}`)
    } else if (name === '--port') hostArgs.push(`--port=${given ?? args[++i] ?? ''}`)
    else if (name === '--open') hostArgs.push(name)
    else {
      // Switches of Chromium go to the window; the page's host says what it does not know.
      windowArgs.push(args[i])
      hostArgs.push(args[i])
    }
  }
  return { help, headless, dataDir, hostArgs, windowArgs }
}

/**
 * @param {{ platform: string, env: Record<string, string | undefined> }} machine
 * @returns {boolean} whether a window, or a browser, has a place to appear
 */
export function hasDisplay({ platform, env }) {
  return platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
}

/**
 * @param {{ headless: boolean, display: boolean, electron: boolean, missing: string }} found
 * @returns {string | null} why there is no window; null = there can be one
 */
export function whyNoWindow({ headless, display, electron, missing }) {
  if (headless) return 'as asked for'
  if (!display) return 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)'
  return electron ? null : missing
}
