import type { MenuItemConstructorOptions } from 'electron'
import type { Command, PlainCommand } from '../../contract/app/host.ts'
import type { Preferences } from '../../contract/app/preferences.ts'
import { hostWords } from '../../strings/host.ts'

const words = hostWords.menu

export interface MenuParts {
  platform: NodeJS.Platform
  /** A checkout: the tools of a developer are there too. */
  isDevelopment: boolean
  recent: readonly { id: string; name: string }[]
  colorScheme: Preferences['colorScheme']
  send(command: Command): void
  setColorScheme(scheme: Preferences['colorScheme']): void
}

/**
 * The application menu. Shortcuts of the page are shown here and handled there, the same as in a browser
 * (`registerAccelerator: false`); one that both handled would act twice.
 */
export function menuTemplate(parts: MenuParts): MenuItemConstructorOptions[] {
  const isMac = parts.platform === 'darwin'
  const item = (label: string, command: PlainCommand, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    click: () => parts.send({ command }),
    ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
  })
  const separator: MenuItemConstructorOptions = { type: 'separator' }
  const settings = item(words.settings, 'settings', 'CmdOrCtrl+,')
  const about = item(words.about, 'about')
  const application: MenuItemConstructorOptions = {
    label: hostWords.app,
    submenu: [
      about,
      separator,
      settings,
      separator,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      separator,
      { role: 'quit' },
    ],
  }
  return [
    ...(isMac ? [application] : []),
    {
      label: words.file,
      submenu: [
        item(words.newProject, 'new-project', 'CmdOrCtrl+N'),
        item(words.openProject, 'open-project', 'CmdOrCtrl+O'),
        { label: words.recent, submenu: recentItems(parts) },
        separator,
        ...(isMac ? [] : [settings, separator]),
        { role: 'close' },
        ...(isMac ? [] : [{ role: 'quit' } as const]),
      ],
    },
    { role: 'editMenu', label: words.edit },
    {
      label: words.view,
      submenu: [
        item(words.commands, 'command-palette', 'CmdOrCtrl+K'),
        separator,
        item(words.home, 'go-home'),
        item(words.models, 'go-models'),
        item(words.runs, 'go-runs'),
        item(words.compare, 'go-compare'),
        separator,
        item(words.sidebar, 'toggle-sidebar', 'CmdOrCtrl+B'),
        item(words.nextPane, 'next-pane', 'F6'),
        item(words.previousPane, 'previous-pane', 'Shift+F6'),
        separator,
        { label: words.appearance, submenu: schemeItems(parts) },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...(parts.isDevelopment
          ? [separator, { role: 'reload' } as const, { role: 'toggleDevTools' } as const]
          : []),
      ],
    },
    {
      label: words.project,
      submenu: [
        ...words.steps.map((step, index) =>
          item(step, `go-step-${(index + 1) as 1 | 2 | 3 | 4 | 5}`, `CmdOrCtrl+${index + 1}`),
        ),
        separator,
        item(words.benchmarks, 'go-benchmarks', 'CmdOrCtrl+6'),
        item(words.judge, 'go-judge'),
        item(words.samples, 'go-samples'),
        item(words.chat, 'go-chat'),
        separator,
        item(words.primaryAction, 'primary-action', 'CmdOrCtrl+Enter'),
      ],
    },
    { role: 'windowMenu', label: words.window },
    {
      role: 'help',
      label: words.help,
      submenu: [
        item(words.helpPages, 'help', 'F1'),
        item(words.shortcuts, 'shortcuts'),
        item(words.diagnostics, 'diagnostics'),
        ...(isMac ? [] : [separator, about]),
      ],
    },
  ]
}

function recentItems({ recent, send }: MenuParts): MenuItemConstructorOptions[] {
  if (recent.length === 0) return [{ label: words.noRecent, enabled: false }]
  return recent.map(({ id, name }) => ({
    // An ampersand in a name is no mnemonic.
    label: name.replaceAll('&', '&&'),
    click: () => send({ command: 'show-project', projectId: id }),
  }))
}

function schemeItems({ colorScheme, setColorScheme }: MenuParts): MenuItemConstructorOptions[] {
  const schemes = Object.keys(words.schemes) as Preferences['colorScheme'][]
  return schemes.map((scheme) => ({
    label: words.schemes[scheme],
    type: 'radio',
    checked: scheme === colorScheme,
    click: () => setColorScheme(scheme),
  }))
}
