import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { AppError } from '../../contract/errors.ts'
import { existing } from './dataset-file.ts'

/** What a YAML or JSON file holds, and its absolute path. @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE */
export function readYaml(path: string): { at: string; value: unknown } {
  const at = existing(path)
  try {
    return { at, value: parse(readFileSync(at, 'utf8')) }
  } catch (error) {
    throw new AppError(
      'FILE_UNREADABLE',
      `${at} is not valid YAML: ${error instanceof Error ? error.message : String(error)}`,
      { path: at },
      { cause: error },
    )
  }
}
