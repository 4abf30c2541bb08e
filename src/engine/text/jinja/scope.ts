import { TemplateError } from './template-error.ts'
import { Undefined, type Value } from './values.ts'

/** Names and what they stand for; a loop's or macro's own hide the outer ones. */
export class Scope {
  readonly #parent: Scope | undefined
  readonly #values: Map<string, Value | TemplateError>

  constructor(parent?: Scope, values: Map<string, Value | TemplateError> = new Map()) {
    this.#parent = parent
    this.#values = values
  }

  /** A name nobody set is undefined; one that stands for an error throws it. */
  get(name: string): Value {
    const value = this.#values.get(name)
    if (value instanceof TemplateError) throw value
    if (value !== undefined) return value
    return this.#parent ? this.#parent.get(name) : new Undefined(name)
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value)
  }
}
