import { baseIteration, modelName, sftIteration } from '../results/model-name.ts'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'

export { baseIteration, modelName, sftIteration }

/** Inside a sentence: "iteration 2", "the base", "plain SFT". */
export function nameInside(iteration: number): string {
  if (iteration === baseIteration) return words.names.base
  return iteration === sftIteration ? words.names.sft : words.names.iteration(iteration)
}
