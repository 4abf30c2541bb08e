import { count } from './amounts.ts'

/** What main calls things that nobody has named. */
export const nameWords = {
  newProject: 'New project',
  starterProject: 'Starter',
  starterModel: 'Starter model',
  /** As a search for it is typed. */
  run: (run: number) => `run ${run}`,
  /** A model of a project, in a list of models. */
  iterationOf: (project: string, iteration: number) => `${project}, iteration ${iteration}`,
  sftOf: (project: string) => `${project}, plain SFT`,
  /** After the first names of a list. */
  more: (files: number) => `, ${count(files)} more`,
  places: { home: 'Home', projects: 'Projects', machine: 'This machine' },
} as const
