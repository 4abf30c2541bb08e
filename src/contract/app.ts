import { machineContract } from './app/machine.ts'
import { modelsContract } from './app/models.ts'
import { projectsContract } from './app/projects.ts'
import { runsContract } from './app/runs.ts'

/**
 * The app's contract: what the window (a browser page or Electron's) may ask of main. Main answers the same whatever
 * wire carries it. name → input, output (calls) or event (streams); one slice a room of the app, one handler a line.
 */
export const appContract = {
  calls: {
    ...machineContract.calls,
    ...modelsContract.calls,
    ...projectsContract.calls,
    ...runsContract.calls,
  },
  streams: {
    ...projectsContract.streams,
    ...runsContract.streams,
  },
} as const
export type AppContract = typeof appContract

export type * from './app/machine.ts'
export type * from './app/models.ts'
export type * from './app/projects.ts'
export type * from './app/runs.ts'
