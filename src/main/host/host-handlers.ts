import { statSync } from 'node:fs'
import { homedir } from 'node:os'
import type { hostContract } from '../../contract/app/host.ts'
import { AppError } from '../../contract/errors.ts'
import { fileError } from '../file-error.ts'
import type { Handlers } from '../../ipc/server.ts'
import type { Services } from '../services.ts'
import { knownPath } from './known-paths.ts'
import { listFolder } from './list-folder.ts'

const programFolder = /\.(app|bundle|workflow|action|prefpane|plugin|pkg|mpkg|saver|service|component)$/i

export function createHostHandlers(services: Services): Handlers<typeof hostContract> {
  const { app, dataDir, host, commands, versions } = services
  const desktopOnly = (what: string): AppError =>
    new AppError('BAD_INPUT', `${what} is there in the desktop window alone; this page is in a browser.`)
  return {
    calls: {
      host: () => ({
        kind: host.kind,
        platform: process.platform,
        dialogs: host.chooseFolder !== undefined,
        opensFolders: host.showFolder !== undefined,
        notifies: host.notify !== undefined,
        keepsAwake: host.keepAwake !== undefined,
        menu: host.showMenu !== undefined,
        dataDir,
        projectsDir: services.projectsDir(),
        homeDir: homedir(),
        versions: { ...versions },
      }),
      chooseFolder: async (options) => {
        if (!host.chooseFolder) throw desktopOnly('A native dialog')
        return { path: await host.chooseFolder(options) }
      },
      chooseFiles: async (options) => {
        if (!host.chooseFiles) throw desktopOnly('A native dialog')
        return { paths: await host.chooseFiles(options) }
      },
      saveFile: async ({ name, bytes }) => {
        if (!host.saveFile) throw desktopOnly('A native dialog')
        try {
          return { path: await host.saveFile(name, bytes) }
        } catch (error) {
          throw fileError(error, name)
        }
      },
      openPath: async ({ path }) => {
        if (!host.showFolder || !host.showFile) throw desktopOnly('The file manager')
        const known = knownPath(app.store, path, [dataDir, services.projectsDir()])
        // A file is shown, never opened: what a model folder holds is not ours to start.
        // macOS starts a folder that is named like a program.
        if (statSync(known).isDirectory() && !programFolder.test(known)) await host.showFolder(known)
        else host.showFile(known)
        return {}
      },
      listFolder: (choice) => listFolder(choice, services.projectsDir()),
      showMenu: () => {
        host.showMenu?.()
        return {}
      },
    },
    streams: { commands: (_, signal) => commands.listen(signal) },
  }
}
