import type { BenchmarkProfile } from '../../../../contract/benchmarks.ts'
import { AppError } from '../../../../contract/errors.ts'
import type { SourceRecord } from '../../../data/detect-format.ts'
import { TemplateError } from '../../../text/jinja/template-error.ts'
import { compileTemplate, type Template } from '../../../text/jinja/template.ts'
import { strftimeFixed } from '../../../text/strftime-fixed.ts'
import { parsePythonList } from './python-literal.ts'

/** What a `doc_to_…` gives for a row: a column's value, or what its template renders. */
export interface RowField {
  read(row: SourceRecord): { value: unknown; isColumn: boolean }
  /** As text. Throws BAD_INPUT for a column of another kind. */
  text(row: SourceRecord): string
  /** A column's list, or the list that Python reads in what was rendered. Throws BAD_INPUT for anything else. */
  list(row: SourceRecord): (string | number)[]
}

/**
 * `doc_to_text`, `doc_to_target` and `doc_to_choice` as the harness reads them: the name of a column, or else a Jinja template
 * over the row's columns, strict about names that are not there. Throws BAD_INPUT for a template that does not parse.
 */
export function rowField(key: string, source: string, profile: BenchmarkProfile, task: string): RowField {
  const refuse = (why: string, cause?: unknown): AppError =>
    new AppError(
      'BAD_INPUT',
      `Expected ${key} of the task ${task} to be a column or a template over the columns, found ${JSON.stringify(source)}: ${why}. Correct the task's YAML file.`,
      { task, key },
      { cause },
    )
  let compiled: Template | null = null
  const template = (): Template => {
    compiled ??= compileTemplate(source, {
      strftimeNow: strftimeFixed,
      trimsBlocks: false,
      keepsTrailingNewline: profile !== 'harness-0.4.0',
      isStrict: true,
    })
    return compiled
  }
  const rendered = (row: SourceRecord): string => {
    try {
      return template().render(row)
    } catch (error) {
      if (error instanceof TemplateError) throw refuse(error.message, error)
      throw error
    }
  }
  const isColumn = (row: SourceRecord): boolean => Object.hasOwn(row, source)
  const value = (row: SourceRecord): unknown => (isColumn(row) ? row[source] : rendered(row))
  return {
    read: (row) => ({ value: value(row), isColumn: isColumn(row) }),
    text(row) {
      const found = value(row)
      if (typeof found === 'string') return found
      throw refuse(`its column holds ${JSON.stringify(found)}, not text`)
    },
    list(row) {
      const found = value(row)
      const list = typeof found === 'string' ? parsePythonList(found) : found
      if (Array.isArray(list) && list.every((item) => typeof item === 'string' || typeof item === 'number'))
        return list
      throw refuse(`it gives ${JSON.stringify(found)?.slice(0, 200)}, not a list of texts`)
    },
  }
}
