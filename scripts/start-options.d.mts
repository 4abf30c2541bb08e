export const usage: string
export interface StartArgs {
  help: boolean
  headless: boolean
  dataDir: string | null
  /** For the page's host. */
  hostArgs: string[]
  /** For Electron. */
  windowArgs: string[]
}
export function readStartArgs(args: readonly string[]): StartArgs
/** Whether a window, or a browser, has a place to appear. */
export function hasDisplay(machine: { platform: string; env: Record<string, string | undefined> }): boolean
/** Why there is no window; null = there can be one. */
export function whyNoWindow(found: {
  headless: boolean
  display: boolean
  electron: boolean
  missing: string
}): string | null
