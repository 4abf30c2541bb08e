import { describe, expect, it } from 'vitest'
import { plainCommands } from '../../../src/contract/app/host.ts'
import { findCommands, keysOf, type KeyPress } from '../../../src/renderer/commands/command.ts'
import { listCommands, type Doing } from '../../../src/renderer/commands/list-commands.ts'
import { shortcuts } from '../../../src/renderer/commands/shortcuts.ts'
import { homeView } from './home-view.ts'

const done: unknown[] = []
const note =
  (name: string) =>
  (...given: unknown[]): void =>
    void done.push([name, ...given])
const doing: Doing = {
  go: note('go'),
  togglePalette: note('togglePalette'),
  createProject: note('createProject'),
  openProject: note('openProject'),
  stopRun: note('stopRun'),
  resumeRun: note('resumeRun'),
  setColors: note('setColors'),
  primary: note('primary'),
  toggleSidebar: note('toggleSidebar'),
  focusPane: note('focusPane'),
  saveDiagnostics: note('saveDiagnostics'),
  showAbout: note('showAbout'),
}
const nothing = { home: null, project: null }
const inProject = { home: null, project: { id: 'p1', run: null } }
const home = homeView({
  projects: [
    {
      id: 'p1',
      name: 'Replies',
      dir: '/p1',
      updatedAt: 0,
      model: null,
      dataset: null,
      rows: null,
      step: 'plan',
      run: null,
    },
  ],
  liveRun: 12,
})
const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
})

describe('the command list', () => {
  it('knows every command that a menu of the host can send', () => {
    const ids = listCommands(inProject, doing).map(({ id }) => id)
    expect(plainCommands.filter((command) => !ids.includes(command))).toEqual([])
  })

  it('has no id twice, and every shortcut belongs to a command that shows it', () => {
    const commands = listCommands({ ...inProject, home }, doing)
    expect(new Set(commands.map(({ id }) => id)).size).toBe(commands.length)
    const shown = Object.fromEntries(commands.map(({ id, keys }) => [id, keys]))
    for (const { id, keys } of shortcuts) expect(shown[id], id).toBe(keys)
    expect(new Set(shortcuts.map(({ keys }) => keys)).size).toBe(shortcuts.length)
  })

  it('offers steps only in a project, pause only of a live run, and goes where they say', () => {
    const bare = listCommands(nothing, doing).map(({ id }) => id)
    expect(bare).not.toContain('go-step-3')
    expect(bare).not.toContain('pause')
    const commands = listCommands({ ...inProject, home }, doing)
    const run = (id: string): unknown => {
      done.length = 0
      commands.find((command) => command.id === id)?.run()
      return done[0]
    }
    expect(run('go-step-3')).toEqual(['go', { name: 'project', projectId: 'p1', step: 'plan' }])
    expect(run('project-p1')).toEqual(['go', { name: 'project', projectId: 'p1', step: 'plan' }])
    expect(run('pause')).toEqual(['stopRun', 12])
    expect(run('previous-pane')).toEqual(['focusPane', -1])
    expect(run('shortcuts')).toEqual(['go', { name: 'help', topic: 'shortcuts' }])
  })

  it('offers to resume the open run where none is live', () => {
    const run = { id: 7, live: false, state: 'paused' } as NonNullable<typeof inProject.project.run>
    const ids = (liveRun: number | null): string[] =>
      listCommands({ home: { ...home, liveRun }, project: { id: 'p1', run } }, doing).map(({ id }) => id)
    expect(ids(null)).toContain('resume')
    expect(ids(12)).not.toContain('resume')
  })
})

describe('findCommands', () => {
  it('wants every word, in any order, and puts first what begins with the first of them', () => {
    const commands = listCommands({ ...inProject, home }, doing)
    const words = (search: string): string[] => findCommands(commands, search).map((found) => found.words)
    expect(words('replies open')).toEqual(['Open Replies'])
    expect(words('pane')[0]).toBe('Next pane')
    expect(words('PLAN')).toContain('Go to Plan')
    expect(words('zebra')).toEqual([])
  })

  it('lists all but what opens the list itself', () => {
    const commands = listCommands(nothing, doing)
    expect(findCommands(commands, '  ')).toHaveLength(commands.length - 1)
    expect(findCommands(commands, '').some(({ id }) => id === 'command-palette')).toBe(false)
  })
})

describe('keysOf', () => {
  it('writes a key press as shortcuts are written', () => {
    expect(keysOf(press('k', { ctrlKey: true }))).toBe('Ctrl K')
    expect(keysOf(press('F6', { shiftKey: true }))).toBe('Shift F6')
    expect(keysOf(press('Enter', { ctrlKey: true }))).toBe('Ctrl Enter')
    expect(keysOf(press(',', { ctrlKey: true }))).toBe('Ctrl ,')
  })

  it('takes the command key of a Mac for Ctrl, and says Shift only of keys that have no other sign', () => {
    expect(keysOf(press('o', { metaKey: true }))).toBe('Ctrl O')
    expect(keysOf(press('?', { shiftKey: true }))).toBe('?')
  })
})
