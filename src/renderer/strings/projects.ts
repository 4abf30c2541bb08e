/** Words of what can be done with a project, wherever it is listed. */
export const projectsStrings = {
  more: (name: string) => `More for ${name}`,
  open: 'Open',
  rename: 'Rename…',
  duplicate: 'Duplicate',
  showFolder: 'Show folder',
  copyPath: 'Copy folder path',
  remove: 'Delete…',
  renameHere: (name: string) => `Rename ${name}`,
  renameTitle: 'Rename project',
  name: 'Name',
  save: 'Rename',
  cancel: 'Cancel',
  deleteTitle: (name: string) => `Delete ${name}?`,
  run: (run: number, iterations: number) =>
    iterations === 0
      ? `Run ${run}, which has finished no iteration`
      : `Run ${run} with its ${iterations === 1 ? 'iteration' : `${iterations} iterations`}: models, scores, curves and samples`,
  draft: 'Its choices of model, dataset and plan; no run was started',
  usedBy: (names: string) =>
    `A model of this project is what ${names} starts from. Without its files that cannot run, resume or chat with its base.`,
  keeps: 'The model that it starts from and the files of the dataset stay where they are.',
  files: (count: string, size: string) => `Delete its ${count} files too, ${size}`,
  counting: 'Counting its files…',
  filesOff:
    'Without that, only the entry in the list goes. “Open project…” brings back a project that has run.',
  keep: 'Keep project',
  confirmEmpty: 'Delete project',
  confirm: (size: string | null) => (size === null ? 'Take off the list' : `Delete project and ${size}`),
} as const
