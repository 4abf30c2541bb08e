import { basename, dirname } from 'node:path'
import { nameWords } from '../../strings/names.ts'

/**
 * What a person calls the model or file at a path: its last name, with its parent where the name alone says nothing; of a
 * folder in the Hub's cache the model's name, of a run's model the project's and its iteration.
 */
export function shortName(path: string): string {
  if (/[/\\]starter(-[0-9a-f]{12})?[/\\]model$/.test(path)) return nameWords.starterModel
  const ofHub = /(?:models|datasets)--[^/\\]+?--([^/\\]+)/.exec(path)?.[1]
  const name = basename(path)
  if (ofHub !== undefined) return /\.\w{2,8}$/.test(name) ? name : ofHub
  const parent = basename(dirname(path))
  const iteration = name === 'model' ? /^iter-(\d+)$/.exec(parent)?.[1] : undefined
  if (iteration !== undefined)
    return nameWords.iterationOf(basename(dirname(dirname(path))), Number(iteration))
  return /^(model|dataset|data|train\.parquet)$/.test(name) ? `${parent}/${name}` : name
}
