/** Words of what the page does for its host: menu button, notices and the tab's title. */
export const hostStrings = {
  menu: 'Menu',
  title: (what: string) => `${what} · SPIN Studio`,
  plainTitle: 'SPIN Studio',
  running: (run: number) => `Run ${run}`,
  finished: (run: number) => `Run ${run} is done`,
  paused: (run: number) => `Run ${run} has paused`,
  stopped: (run: number) => `Run ${run} stopped`,
} as const
