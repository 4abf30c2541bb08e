import { count } from './amounts.ts'

/** What main and the engine say of benchmarks. */
export const benchmarkWords = {
  listingFiles: 'Looking for the files',
  fetching: (dataset: string) => `Fetching ${dataset}`,
  fetched: (place: string, megabytes: number) => `${place}: ${count(megabytes)} MB, as the hub lists it`,
  alreadyThere: (place: string) => `${place} is there already`,
  ownTask: (task: string) =>
    `${task} is a task of your own: its rows are where its YAML file says, nothing is fetched.`,
  /** "This project …" */
  isMeasured: 'is being measured with benchmarks',
  interrupted: 'The program ended while this was at work. Go on with it: questions that are done are kept.',
  /** What a task reads. */
  rowsOf: (task: string, questions: number, published: number, shots: number, publishedShots: number) =>
    `${task} has ${count(questions)} questions of ${count(published)}` +
    (publishedShots === 0 ? '' : ` and ${count(shots)} rows for shots of ${count(publishedShots)}`),
  otherRows: (title: string, differences: readonly string[]) =>
    `The rows of ${title} are not the published ones: ${some(differences)}. Shots and scores differ from published ones.`,
  partsMissing: (title: string, missing: number, parts: number, first: string) =>
    `${count(missing)} of ${count(parts)} parts of ${title} are missing. The first: ${first}`,
  units: { megabytes: 'MB', files: 'files' },
} as const

/** The first few, and how many more. */
function some(parts: readonly string[]): string {
  const shown = parts.slice(0, 3).join('; ')
  return parts.length > 3 ? `${shown}; and ${count(parts.length - 3)} more` : shown
}
