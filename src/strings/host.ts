/** All that main itself shows: menu, dialogs, notices. The page's words are in src/renderer/strings. */
export const hostWords = {
  app: 'SPIN Studio',
  menu: {
    file: '&File',
    newProject: 'New project',
    openProject: 'Open project…',
    recent: 'Open recent',
    noRecent: 'No projects yet',
    edit: '&Edit',
    view: '&View',
    commands: 'Commands…',
    home: 'Home',
    models: 'Models',
    runs: 'Runs',
    compare: 'Compare runs',
    sidebar: 'Sidebar',
    nextPane: 'Next pane',
    previousPane: 'Previous pane',
    appearance: 'Appearance',
    schemes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    project: '&Project',
    steps: ['Model', 'Dataset', 'Plan', 'Run', 'Results'],
    samples: 'Samples',
    chat: 'Chat',
    primaryAction: 'Main action of the page',
    window: '&Window',
    help: '&Help',
    helpPages: 'Help',
    shortcuts: 'Keyboard shortcuts',
    diagnostics: 'Save diagnostics…',
    settings: 'Settings…',
    about: 'About SPIN Studio',
  },
  tray: {
    open: 'Open SPIN Studio',
    quit: 'Pause the run and quit',
    quitIdle: 'Quit',
    running: (run: number | null) => (run === null ? 'A run is starting' : `Run ${run} is going on`),
    idle: 'No run is going on',
  },
  quit: {
    question: (run: number | null) =>
      run === null ? 'Quit while a run is starting?' : `Quit while run ${run} is going on?`,
    detail:
      'Everything it has finished is saved. The step in flight is brought to its end, and the run can be gone on with after the next start.\n\nClosing the window instead keeps the run going.',
    keep: 'Keep running',
    quit: 'Pause the run and quit',
  },
  notice: {
    finished: (run: number) => `Run ${run} is done`,
    paused: (run: number) => `Run ${run} has paused`,
    stopped: (run: number) => `Run ${run} stopped`,
    measured: (run: number) => `The benchmarks of run ${run} are done`,
    notMeasured: (run: number) => `A benchmark of run ${run} stopped`,
    notStarted: 'The run did not start',
    inBackground: 'The run goes on in the background',
    inBackgroundHelp: 'Start SPIN Studio again, or use its icon in the tray, to open the window.',
  },
  update: {
    available: (version: string) => `SPIN Studio ${version} is available`,
    where: (address: string) => `It can be had from ${address}; nothing is downloaded by itself.`,
  },
  crash: {
    cannotStart: 'SPIN Studio cannot start',
    title: 'SPIN Studio has to close',
    detail: (report: string | null) =>
      `Something went wrong that the program did not expect. Finished work is safe on disk, and a run can be gone on with after the next start.${report === null ? '' : `\n\nA report lies in ${report}. It has not been sent anywhere.`}`,
    window: 'The window stopped working',
    windowDetail: (live: boolean) =>
      live
        ? 'The run goes on. Reload the window to see it.'
        : 'Reload it to go on; nothing that was saved is lost.',
    stuck: 'The window does not answer',
    reload: 'Reload',
    wait: 'Wait',
    quit: 'Quit',
  },
} as const
