import { benchmarksContract } from './app/benchmarks.ts'
import { chatContract } from './app/chat.ts'
import { compareContract } from './app/compare.ts'
import { datasetsContract } from './app/datasets.ts'
import { hostContract } from './app/host.ts'
import { judgingContract } from './app/judging.ts'
import { machineContract } from './app/machine.ts'
import { modelsContract } from './app/models.ts'
import { plansContract } from './app/plans.ts'
import { preferencesContract } from './app/preferences.ts'
import { projectsContract } from './app/projects.ts'
import { resultsContract } from './app/results.ts'
import { runsContract } from './app/runs.ts'
import { samplesContract } from './app/samples.ts'

/**
 * The app's contract: what the window (a browser page or Electron's) may ask of main. Main answers the same whatever
 * wire carries it. name → input, output (calls) or event (streams); one slice a room of the app, one handler a line.
 */
export const appContract = {
  calls: {
    ...benchmarksContract.calls,
    ...chatContract.calls,
    ...compareContract.calls,
    ...datasetsContract.calls,
    ...hostContract.calls,
    ...judgingContract.calls,
    ...machineContract.calls,
    ...modelsContract.calls,
    ...plansContract.calls,
    ...preferencesContract.calls,
    ...projectsContract.calls,
    ...resultsContract.calls,
    ...runsContract.calls,
    ...samplesContract.calls,
  },
  streams: {
    ...benchmarksContract.streams,
    ...chatContract.streams,
    ...datasetsContract.streams,
    ...hostContract.streams,
    ...judgingContract.streams,
    ...machineContract.streams,
    ...plansContract.streams,
    ...preferencesContract.streams,
    ...projectsContract.streams,
    ...resultsContract.streams,
    ...runsContract.streams,
    ...samplesContract.streams,
  },
} as const
export type AppContract = typeof appContract

export type * from './app/benchmarks.ts'
export type * from './app/chat.ts'
export type * from './app/compare.ts'
export type * from './app/datasets.ts'
export type * from './app/host.ts'
export type * from './app/judging.ts'
export type * from './app/machine.ts'
export type * from './app/models.ts'
export type * from './app/plans.ts'
export type * from './app/preferences.ts'
export type * from './app/projects.ts'
export type * from './app/results.ts'
export type * from './app/runs.ts'
export type * from './app/samples.ts'
