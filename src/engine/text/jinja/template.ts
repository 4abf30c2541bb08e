import { templateGlobals, templateValue } from './globals.ts'
import { Interpreter } from './interpreter.ts'
import type { BlankRules } from './lexer.ts'
import { findLateNames } from './late-names.ts'
import { parseTemplate } from './parser.ts'
import { RenderBudget } from './render-budget.ts'
import { Scope } from './scope.ts'
import { TemplateError } from './template-error.ts'

const longestTemplate = 2_000_000

export interface Template {
  /** Throws TemplateError: the template's own refusal, what Python would refuse, or a spent budget. */
  render(variables: Readonly<Record<string, unknown>>): string
}

export interface TemplateOptions extends BlankRules {
  strftimeNow(format: string): string
  /** `StrictUndefined`: a missing name is an error where it would be written, tested or looped over. */
  isStrict: boolean
}

/** transformers' settings, for chat templates. */
const chatOptions = { trimsBlocks: true, keepsTrailingNewline: false, isStrict: false }

/**
 * Compiles a template as transformers does chat templates (utils/chat_template_utils.py), unless told otherwise: jinja2 in
 * its immutable sandbox with trim_blocks, lstrip_blocks, loop controls and {% generation %}; Python's rules for text,
 * numbers and truth. Its own interpreter because a template is a stranger's program: it must end, and it must mean what it
 * meant in training. Throws TemplateError for what does not parse.
 */
export function compileTemplate(
  text: string,
  given: Pick<TemplateOptions, 'strftimeNow'> & Partial<TemplateOptions>,
): Template {
  const options = { ...chatOptions, ...given }
  if (text.length > longestTemplate)
    throw new TemplateError(`it is longer than ${longestTemplate} characters`)
  const { body, late } = withoutOverflow(() => {
    const parsed = parseTemplate(text, options)
    return { body: parsed, late: findLateNames(parsed) }
  })
  return {
    render: (variables) =>
      withoutOverflow(() => {
        const budget = new RenderBudget(JSON.stringify(variables).length)
        const globals = new Scope(undefined, templateGlobals(budget, options.strftimeNow))
        const given = Object.entries(variables).map(([name, value]) => [name, templateValue(value)] as const)
        return new Interpreter(budget, late, options.isStrict).run(body, new Scope(globals, new Map(given)))
      }),
  }
}

/** Nesting without end overflows the stack: an error of the template, not ours. */
function withoutOverflow<Result>(run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    if (error instanceof RangeError)
      throw new TemplateError(`it nests too deep or grows too large (${error.message})`)
    throw error
  }
}
