import { count } from './amounts.ts'

/** What main says of benchmarks. */
export const benchmarkWords = {
  listingFiles: 'Looking for the files',
  fetching: (dataset: string) => `Fetching ${dataset}`,
  checking: (dataset: string) => `Checking ${dataset}`,
  fetched: (place: string, megabytes: number) => `${place}: ${count(megabytes)} MB, as the hub lists it`,
  alreadyThere: (place: string) => `${place} is there already`,
  ownTask: (task: string) =>
    `${task} is a task of your own: its rows are where its YAML file says, nothing is fetched.`,
  interrupted: 'The program ended while this was at work. Go on with it: questions that are done are kept.',
  units: { megabytes: 'MB', files: 'files' },
} as const
