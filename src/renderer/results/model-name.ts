import { resultsStrings as words } from '../strings/results.ts'

export const baseIteration = -1
export const sftIteration = -2

/** What a person calls the model of an iteration. */
export function modelName(iteration: number): string {
  if (iteration === baseIteration) return words.names.base
  if (iteration === sftIteration) return words.names.sft
  return words.names.iteration(iteration)
}

export function shortModelName(iteration: number): string {
  return iteration < 0 ? modelName(iteration) : words.names.short(iteration)
}
