import type { HomeView } from '../../../src/contract/app.ts'

/** What Home says of a record in which nothing is at work. */
export const homeView = (change: Partial<HomeView> = {}): HomeView => ({
  projects: [],
  runs: [],
  liveRun: null,
  progress: null,
  estimate: null,
  pausing: false,
  starting: false,
  startProblem: null,
  evaluation: null,
  judging: null,
  ...change,
})
