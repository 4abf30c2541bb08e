import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { fileError } from '../file-error.ts'

/** Held while a program works in an evaluation's folder. */
export const evaluationLock = (outDir: string): string => join(outDir, 'evaluation.lock')

/** `<outDir>/<task>.jsonl`, as the engine writes it. */
export const questionsPath = (outDir: string, task: string): string => join(outDir, `${task}.jsonl`)

/** Deletes an evaluation's folder. Throws FILE_UNREADABLE for what the system does not let go. */
export async function deleteEvaluation(outDir: string): Promise<void> {
  if (basename(dirname(outDir)) !== 'benchmarks')
    throw new AppError('INTERNAL', `Expected a folder of an evaluation, found ${outDir}.`)
  try {
    await rm(outDir, { recursive: true, force: true })
  } catch (error) {
    throw fileError(error, outDir)
  }
}
