import { z } from 'zod'
import { ProjectDraft } from '../../contract/app/projects.ts'
import { BenchmarkSettings } from '../../contract/benchmarks.ts'
import { BenchmarkResult, ContaminationResult, EvaluationResult } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { LoopSetup } from '../../contract/project.ts'
import { fromPortable } from '../loop/portable-paths.ts'

/** Of one kind: as many as the longest list shows. */
const kept = 500

/**
 * A document of the record, its paths made absolute. Views are looked at twice a second and recorded text rarely changes, so
 * what was parsed is kept by its text: it must not be changed. Throws FILE_UNREADABLE for what another version wrote.
 */
function createReader<T>(what: string, schema: z.ZodType<T>): (text: string, projectDir: string) => T {
  const parsed = new Map<string, T>()
  return (text, projectDir) => {
    const key = `${projectDir}\n${text}`
    const known = parsed.get(key)
    if (known !== undefined) {
      parsed.delete(key)
      parsed.set(key, known)
      return known
    }
    const value = parse(what, schema, text, projectDir)
    parsed.set(key, value)
    for (const oldest of parsed.keys()) {
      if (parsed.size <= kept) break
      parsed.delete(oldest)
    }
    return value
  }
}

function parse<T>(what: string, schema: z.ZodType<T>, text: string, projectDir: string): T {
  try {
    return schema.parse(fromPortable(JSON.parse(text), projectDir))
  } catch (error) {
    if (!(error instanceof z.ZodError) && !(error instanceof SyntaxError)) throw error
    throw new AppError(
      'FILE_UNREADABLE',
      `${what} in ${projectDir} was recorded by another version of the program, or is damaged. Open it with the version that made it; its files are as they were.`,
      { path: projectDir },
      { cause: error },
    )
  }
}

export const readSetup = createReader('The setup of the run', LoopSetup)
export const readDraft = createReader('The draft of the project', ProjectDraft)
export const readEvaluation = createReader('An evaluation', EvaluationResult)
export const readBenchmarkSettings = createReader('A benchmark’s settings', BenchmarkSettings)
export const readBenchmark = createReader('A benchmark', BenchmarkResult)
export const readContamination = createReader('The contamination of the run', ContaminationResult)

/** What a list shows instead of an entry that cannot be read: one of them must not hide the others. */
export function unlessUnreadable<T, F>(read: () => T, fallback: F): T | F {
  try {
    return read()
  } catch (error) {
    if (error instanceof AppError && error.code === 'FILE_UNREADABLE') return fallback
    throw error
  }
}
