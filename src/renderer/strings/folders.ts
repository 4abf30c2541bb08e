/** Words of the page's own folder browser, which stands in for the system's dialog. */
export const foldersStrings = {
  path: 'Path',
  pathHelp: 'Type or paste a whole path, then Enter',
  places: 'Places',
  up: 'Up one folder',
  hidden: 'Show hidden',
  contents: 'Contents of the folder',
  empty: 'This folder is empty.',
  leftOut: (count: string) => `${count} more are not listed. Type the path to open one of them.`,
  loading: 'Reading the folder…',
  model: 'Model',
  cancel: 'Cancel',
  choose: (name: string) => `Choose “${name}”`,
  chooseFiles: (count: number) =>
    count === 0 ? 'Choose files' : count === 1 ? 'Choose 1 file' : `Choose ${count} files`,
  goHome: 'Go to the home folder',
  keys: '↑ ↓ move, Enter opens, Backspace goes up',
} as const
