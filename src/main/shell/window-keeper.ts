import type { BrowserWindow } from 'electron'

/** Where the one window is, if it is open: it is closed for good and made anew while runs go on without it. */
export interface WindowKeeper {
  current(): BrowserWindow | null
  /** The open window, or a new one, in front of the others. */
  show(): BrowserWindow
}

export function createWindowKeeper(open: () => BrowserWindow): WindowKeeper {
  let window: BrowserWindow | null = null
  const current = (): BrowserWindow | null => (window && !window.isDestroyed() ? window : null)
  return {
    current,
    show() {
      const shown = current()
      if (!shown) return (window = open()) // in front as soon as it has something to show
      if (shown.isMinimized()) shown.restore()
      shown.show()
      shown.focus()
      return shown
    },
  }
}
