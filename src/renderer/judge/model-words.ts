import type { Judging } from '../../contract/app.ts'
import { baseIteration, sftIteration } from '../results/model-name.ts'
import { judgeStrings as words } from '../strings/judge.ts'

/** Inside a sentence: "iteration 2", "base". */
export function nameOf(iteration: number): string {
  if (iteration === baseIteration) return words.names.base
  return iteration === sftIteration ? words.names.sft : words.names.iteration(iteration)
}

/** Of a model in a summary. */
export function nameOfId({ models }: Judging, modelId: string): string {
  const found = models.find((model) => model.modelId === modelId)
  return found ? nameOf(found.iteration) : modelId
}
