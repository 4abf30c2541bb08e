import { AppError } from '../../../contract/errors.ts'

/**
 * One kind of checkable task. A check is `kind:parameter:parameter…`; `read` parses the parameters (AppError
 * BAD_INPUT where they are not of this kind's form) and returns the test of an answer (already trimmed).
 */
export interface Checker {
  kind: string
  /** The form of the check, for messages and documents: `sorted:<count>:<lowest>:<highest>`. */
  form: string
  read(parameters: readonly string[]): AnswerTest
}

export type AnswerTest = (answer: string) => boolean

export function badCheck(form: string, parameters: readonly string[]): AppError {
  const kind = form.split(':')[0]!
  return new AppError(
    'BAD_INPUT',
    `Expected a check of the form "${form}", found "${[kind, ...parameters].join(':')}". Correct the check column.`,
    { form, parameters },
  )
}

/** A non-negative integer parameter, or undefined where the text is not one. */
export function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

/** `start=b:len=5` → {start: 'b', len: '5'}; only the named keys, each at most once, at least one. */
export function readOptions(
  form: string,
  parameters: readonly string[],
  keys: readonly string[],
): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  for (const parameter of parameters) {
    const [key, value, ...rest] = parameter.split('=')
    if (key === undefined || !value || rest.length > 0 || !keys.includes(key) || options.has(key)) {
      throw badCheck(form, parameters)
    }
    options.set(key, value)
  }
  if (options.size === 0) throw badCheck(form, parameters)
  return options
}
