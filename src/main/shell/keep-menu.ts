import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { app, Menu } from 'electron'
import type { Command } from '../../contract/app/host.ts'
import type { Services } from '../services.ts'
import { watchView } from '../watch-view.ts'
import { menuTemplate } from './app-menu.ts'

const recentShown = 8

/** Makes the menu anew whenever its projects or the colour scheme changed; ends with the signal. */
export async function keepMenu(
  { app: { store }, bell, preferences }: Services,
  send: (command: Command) => void,
  signal: AbortSignal,
): Promise<void> {
  const look = () => ({
    recent: store.projectPage(recentShown).map(({ id, name, dir }) => ({ id, name, dir })),
    colorScheme: preferences.get().colorScheme,
  })
  for await (const { recent, colorScheme } of watchView(bell, look, signal)) {
    const template = menuTemplate({
      platform: process.platform,
      isDevelopment: !app.isPackaged,
      recent,
      colorScheme,
      send,
      setColorScheme: (scheme) => void preferences.set({ colorScheme: scheme }),
    })
    Menu.setApplicationMenu(Menu.buildFromTemplate(template))
    // The system's own list, on the taskbar or dock; opened from there the file comes back as an argument.
    const file = recent[0] && join(recent[0].dir, 'project.json')
    if (file && existsSync(file)) app.addRecentDocument(file)
  }
}
