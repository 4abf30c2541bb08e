import { readFileSync } from 'node:fs'
import { fileError } from '../file-error.ts'

/** Throws FILE_NOT_FOUND, FILE_UNREADABLE. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(error, path)
  }
}
