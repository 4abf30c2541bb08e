import { join } from 'node:path'
import { Menu, nativeImage, Tray } from 'electron'
import { hostWords as words } from '../../strings/host.ts'
import type { LiveRun } from '../runs/run-board.ts'

export interface TrayIcon {
  /** Made anew only when what it says has changed: some systems close an open menu at that. */
  show(live: LiveRun | null): void
  hide(): void
}

/** There only while the program is without a window: what tells that a run goes on, and the way back. */
export function createTrayIcon(iconDir: string, actions: { open(): void; quit(): void }): TrayIcon {
  let tray: Tray | null = null
  let shown = ''
  return {
    show(live) {
      if (!tray) {
        tray = new Tray(nativeImage.createFromPath(join(iconDir, '32x32.png')))
        tray.on('click', actions.open)
      }
      const says = live ? words.tray.running(live.runId) : words.tray.idle
      if (says === shown) return
      shown = says
      tray.setToolTip(`${words.app}: ${says}`)
      tray.setContextMenu(
        Menu.buildFromTemplate([
          { label: says, enabled: false },
          { type: 'separator' },
          { label: words.tray.open, click: actions.open },
          { label: live ? words.tray.quit : words.tray.quitIdle, click: actions.quit },
        ]),
      )
    },
    hide() {
      tray?.destroy()
      tray = null
      shown = ''
    },
  }
}
