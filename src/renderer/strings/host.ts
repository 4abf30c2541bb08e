/** Words of what the page does for its host: menu button, notices, the tab's title, the connection. */
export const hostStrings = {
  menu: 'Menu',
  plainTitle: 'SPIN Studio',
  title: (run: number, percent: number | null) =>
    percent === null ? `Run ${run} · SPIN Studio` : `${percent}% · Run ${run} · SPIN Studio`,
  finished: (run: number) => `Run ${run} is done`,
  paused: (run: number) => `Run ${run} has paused`,
  failed: (run: number) => `Run ${run} stopped`,
  notStarted: 'The run did not start',
  openRun: 'Open run',
  seeResults: 'See the results',
  close: 'Close',
  notices: 'Notices',
  announce: (run: number, stage: string, percent: number | null) =>
    percent === null ? `Run ${run}: ${stage}` : `Run ${run}: ${stage}, ${percent}%`,
  savedTo: (path: string) => `Saved to ${path}`,
  downloaded: (name: string) => `Downloaded as ${name}`,
  diagnosticsFailed: 'Diagnostics could not be saved',
  failedToDo: 'That did not work',
  lost: {
    title: 'Connection lost',
    trying: 'The window no longer reaches the program. It tries again by itself. What is shown may be old.',
    restarted:
      'The program was started anew, and each start has a new address. Open the page by the address that the terminal printed last.',
    desktop:
      'The window no longer reaches the program. A run that was going on can be resumed after a reload.',
    safe: 'Finished work is saved.',
    reload: 'Reload',
  },
} as const
