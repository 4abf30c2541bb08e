import { findAppTestHost } from '../../scripts/app-test-host.mjs'

/** Said once, before the first test: which host of the app these specs run in. */
export default function sayHost(): void {
  const host = findAppTestHost()
  console.log(
    host.kind === 'electron'
      ? `App tests run in Electron: ${host.executable}`
      : `App tests run in Chromium against the headless host: ${host.why}.`,
  )
}
