/** What a template did wrong: its syntax, an operation Python refuses, or its own raise_exception. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TemplateError'
  }
}

/** Jinja that this interpreter does not know: said by name, never guessed. */
export function unsupported(what: string): TemplateError {
  return new TemplateError(`${what} is not supported by this version`)
}
