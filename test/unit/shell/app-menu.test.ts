import type { MenuItemConstructorOptions } from 'electron'
import { describe, expect, it } from 'vitest'
import { Command, type PlainCommand } from '../../../src/contract/app/host.ts'
import { menuTemplate, type MenuParts } from '../../../src/main/shell/app-menu.ts'

function build(parts: Partial<MenuParts> = {}): { items: MenuItemConstructorOptions[]; sent: Command[] } {
  const sent: Command[] = []
  const top = menuTemplate({
    platform: 'linux',
    isDevelopment: false,
    recent: [],
    colorScheme: 'system',
    send: (command) => sent.push(command),
    setColorScheme: () => undefined,
    ...parts,
  })
  const flat = (items: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
    items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])])
  return { items: flat(top), sent }
}
const click = (item: MenuItemConstructorOptions | undefined): void =>
  void (item?.click as (() => void) | undefined)?.()

describe('the application menu', () => {
  const { items, sent } = build()

  it.each<[PlainCommand, string]>([
    ['new-project', 'CmdOrCtrl+N'],
    ['open-project', 'CmdOrCtrl+O'],
    ['command-palette', 'CmdOrCtrl+K'],
    ['go-step-1', 'CmdOrCtrl+1'],
    ['go-step-5', 'CmdOrCtrl+5'],
    ['primary-action', 'CmdOrCtrl+Enter'],
    ['toggle-sidebar', 'CmdOrCtrl+B'],
    ['settings', 'CmdOrCtrl+,'],
    ['help', 'F1'],
    ['next-pane', 'F6'],
    ['previous-pane', 'Shift+F6'],
  ])('%s shows %s, leaves it to the page, and sends its command when clicked', (command, accelerator) => {
    const item = items.find((candidate) => candidate.accelerator === accelerator)
    expect(item?.registerAccelerator).toBe(false)
    sent.length = 0
    click(item)
    expect(sent).toEqual([{ command }])
  })

  it('sends only commands of the contract, and no shortcut twice', () => {
    const all = build()
    for (const item of all.items) click(item)
    expect(all.sent.length).toBeGreaterThan(20)
    for (const command of all.sent) expect(() => Command.parse(command)).not.toThrow()
    const shortcuts = all.items.flatMap(({ accelerator }) => accelerator ?? [])
    expect(new Set(shortcuts).size).toBe(shortcuts.length)
  })

  it('opens a recent project by its id, with an ampersand in its name as it is', () => {
    const { items: withRecent, sent: asked } = build({ recent: [{ id: 'p1', name: 'Q & A' }] })
    click(withRecent.find(({ label }) => label === 'Q && A'))
    expect(asked).toEqual([{ command: 'show-project', projectId: 'p1' }])
  })

  it('has quit under File, on macOS in the menu of the application', () => {
    expect(build().items.find(({ label }) => label === 'SPIN Studio')).toBeUndefined()
    const mac = build({ platform: 'darwin' }).items
    expect(mac[0]?.label).toBe('SPIN Studio')
    expect(mac.filter(({ role }) => role === 'quit')).toHaveLength(1)
  })

  it('shows the tools of a developer in a checkout alone', () => {
    expect(build().items.some(({ role }) => role === 'toggleDevTools')).toBe(false)
    expect(build({ isDevelopment: true }).items.some(({ role }) => role === 'toggleDevTools')).toBe(true)
  })
})
