import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import { ProjectDocument } from '../../contract/project.ts'
import { replaceFile } from '../replace-file.ts'
import { fromPortable, toPortable } from './portable-paths.ts'

/** project.json of a folder, its paths made absolute; null when there is none. Throws FILE_UNREADABLE. */
export async function readProjectFile(path: string): Promise<ProjectDocument | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  try {
    return ProjectDocument.parse(fromPortable(JSON.parse(text), dirname(path)))
  } catch (error) {
    const found = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
    throw new AppError(
      'FILE_UNREADABLE',
      `${path} cannot be read: expected a project document of version 1, found: ${found}. Restore the file from a copy, or choose another folder.`,
      { path },
      { cause: error },
    )
  }
}

export function writeProjectFile(path: string, document: ProjectDocument): void {
  replaceFile(path, `${JSON.stringify(toPortable(document, dirname(path)), null, 2)}\n`)
}
