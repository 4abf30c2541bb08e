import { whole } from '../components/numbers.ts'

/** Words of every chart over training steps. */
export const chartStrings = {
  step: (step: number) => `step ${whole(step)}`,
  number: (step: number) => whole(step),
  iteration: (iteration: number) => `It. ${iteration}`,
  empty: 'Appears with the first training step',
  notMeasured: '–',
  cursor: (title: string) => `${title}: move with ← →, Shift for 10 steps`,
  at: (iteration: number, step: number, values: string) =>
    `Iteration ${iteration}, step ${whole(step)}: ${values}`,
  menu: (title: string) => `${title}: copy or save`,
  copyTable: 'Copy as table',
  saveImage: 'Save image…',
  copied: (title: string) => `${title}: the table is on the clipboard`,
  copyFailed: 'The table was not copied',
  saved: (path: string) => `Saved: ${path}`,
  saveFailed: 'The picture was not saved',
  tooLarge: 'The chart is too large for a picture. Make the window smaller and save again.',
  iterationColumn: 'Iteration',
  stepColumn: 'Step',
  noSteps: (title: string) => `${title}: no steps yet`,
  summary: (title: string, unit: string, parts: readonly string[]) =>
    `${title}, ${unit}: ${parts.join('; ')}`,
  fromTo: (iteration: number, name: string, from: string, to: string) =>
    `Iteration ${iteration}${name ? ` ${name}` : ''} from ${from} to ${to}`,
  tableCaption: (title: string, unit: string) =>
    `${title}, ${unit}, smoothed, at the quarters of each iteration`,
} as const
