/** Something that can be done from anywhere: in the palette with its keys, and by its keys alone. */
export interface Command {
  id: string
  group: 'pages' | 'project' | 'projects' | 'runs' | 'actions'
  words: string
  /** As shown: "Ctrl K". */
  keys?: string
  /** The palette's own opening is no entry of the palette. */
  hidden?: boolean
  run(): void
}

/** Every word of the search is in the command's words, in any order; those that begin with it come first. */
export function findCommands(commands: readonly Command[], search: string): Command[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean)
  const matches = commands.filter(({ words, hidden }) => {
    const text = words.toLowerCase()
    return !hidden && wanted.every((word) => text.includes(word))
  })
  const first = wanted[0]
  if (first === undefined) return matches
  const rank = ({ words }: Command): number => (words.toLowerCase().startsWith(first) ? 0 : 1)
  return matches.toSorted((a, b) => rank(a) - rank(b))
}

/** What a key press is told by, as of a KeyboardEvent. */
export interface KeyPress {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
}

/** "Ctrl Shift K" of a key press, in the order that shortcuts are written in; on a Mac the command key counts as Ctrl. */
export function keysOf(press: KeyPress): string {
  const key = press.key.length === 1 ? press.key.toUpperCase() : press.key
  return [
    press.ctrlKey || press.metaKey ? 'Ctrl' : '',
    press.altKey ? 'Alt' : '',
    press.shiftKey && key.length > 1 ? 'Shift' : '',
    key,
  ]
    .filter(Boolean)
    .join(' ')
}
