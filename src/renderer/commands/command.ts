/** Something that can be done from anywhere: in the palette with its keys, and by its keys alone. */
export interface Command {
  id: string
  group: 'pages' | 'project' | 'projects' | 'runs' | 'actions'
  words: string
  /** As shown: "Ctrl K". */
  keys?: string
  run(): void
}

/** Every word of the search is in the command's words, in any order; those that begin with it come first. */
export function findCommands(commands: readonly Command[], search: string): Command[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean)
  const matches = commands.filter(({ words }) => {
    const text = words.toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
  const first = wanted[0]
  if (first === undefined) return matches
  const rank = ({ words }: Command): number => (words.toLowerCase().startsWith(first) ? 0 : 1)
  return matches.toSorted((a, b) => rank(a) - rank(b))
}

/** "Ctrl Shift K" of a key press, in the order that shortcuts are written in; on a Mac the command key counts as Ctrl. */
export function keysOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key
  return [
    event.ctrlKey || event.metaKey ? 'Ctrl' : '',
    event.altKey ? 'Alt' : '',
    event.shiftKey && key.length > 1 ? 'Shift' : '',
    key,
  ]
    .filter(Boolean)
    .join(' ')
}
