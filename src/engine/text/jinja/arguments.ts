import { TemplateError } from './template-error.ts'
import { isNumeric, numberOf, typeName, Undefined, type Call, type Value } from './values.ts'

/** Throws where a call that takes no arguments is given some. */
export function refuseArguments(callee: string, given: Call): void {
  if (given.positional.length > 0 || given.named.size > 0)
    throw new TemplateError(`${callee}: takes no arguments`)
}

/** The arguments of a call by parameter, as Python binds them. Throws for too many, unknown or doubled ones. */
export class Bound {
  readonly #callee: string
  readonly #values = new Map<string, Value>()

  /** `parameters`: all names in order; from `namedOnly` on they are only given by name. */
  constructor(callee: string, given: Call, parameters: readonly string[], namedOnly = parameters.length) {
    this.#callee = callee
    if (given.positional.length > namedOnly)
      throw new TemplateError(
        `${callee}: expected at most ${namedOnly} arguments, found ${given.positional.length}`,
      )
    given.positional.forEach((value, i) => this.#values.set(parameters[i]!, value))
    for (const [name, value] of given.named) {
      if (!parameters.includes(name)) throw new TemplateError(`${callee}: unknown argument ${name}`)
      if (this.#values.has(name)) throw new TemplateError(`${callee}: ${name} is given twice`)
      this.#values.set(name, value)
    }
  }

  optional(name: string): Value | undefined {
    return this.#values.get(name)
  }

  required(name: string): Value {
    const value = this.#values.get(name)
    if (value === undefined) throw new TemplateError(`${this.#callee}: ${name} is missing`)
    return value
  }

  text(name: string, otherwise?: string): string {
    const value = this.#values.get(name)
    if (value === undefined && otherwise !== undefined) return otherwise
    if (typeof value !== 'string') throw this.#wrong(name, 'text', value)
    return value
  }

  whole(name: string, otherwise: number): number {
    const value = this.#values.get(name)
    if (value === undefined) return otherwise
    if (
      typeof value === 'string' ||
      value === null ||
      !isNumeric(value) ||
      !Number.isInteger(numberOf(value))
    )
      throw this.#wrong(name, 'a whole number', value)
    return numberOf(value)
  }

  #wrong(name: string, wanted: string, found: Value | undefined): TemplateError {
    const what = found === undefined ? 'nothing' : found instanceof Undefined ? found.what : typeName(found)
    return new TemplateError(`${this.#callee}: ${name} must be ${wanted}, found ${what}`)
  }
}
