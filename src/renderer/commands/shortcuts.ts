import { commandStrings as words } from '../strings/commands.ts'
import { windowStrings } from '../strings/window.ts'

export interface Shortcut {
  /** Of the command it runs. */
  id: string
  /** As `keysOf` writes a key press. */
  keys: string
  words: string
}

const { steps } = windowStrings

/** The one list of the window's keys: commands take theirs from it, Help shows it. */
export const shortcuts: readonly Shortcut[] = [
  { id: 'command-palette', keys: 'Ctrl K', words: words.palette },
  { id: 'go-step-1', keys: 'Ctrl 1', words: words.step(steps.model) },
  { id: 'go-step-2', keys: 'Ctrl 2', words: words.step(steps.dataset) },
  { id: 'go-step-3', keys: 'Ctrl 3', words: words.step(steps.plan) },
  { id: 'go-step-4', keys: 'Ctrl 4', words: words.step(steps.run) },
  { id: 'go-step-5', keys: 'Ctrl 5', words: words.step(steps.results) },
  { id: 'go-benchmarks', keys: 'Ctrl 6', words: words.step(steps.benchmarks) },
  { id: 'new-project', keys: 'Ctrl N', words: words.newProject },
  { id: 'open-project', keys: 'Ctrl O', words: words.openProject },
  { id: 'primary-action', keys: 'Ctrl Enter', words: words.primary },
  { id: 'toggle-sidebar', keys: 'Ctrl B', words: words.sidebar },
  { id: 'next-pane', keys: 'F6', words: words.nextPane },
  { id: 'previous-pane', keys: 'Shift F6', words: words.previousPane },
  { id: 'settings', keys: 'Ctrl ,', words: words.open(windowStrings.settings) },
  { id: 'help', keys: 'F1', words: words.open(windowStrings.help) },
]

const byId = new Map(shortcuts.map(({ id, keys }) => [id, { keys }]))

/** The keys of a command, to spread into it; nothing for one that has none. */
export const keysFor = (id: string): { keys?: string } => byId.get(id) ?? {}
