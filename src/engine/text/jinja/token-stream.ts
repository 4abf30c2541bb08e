import type { Token } from './lexer.ts'
import { TemplateError } from './template-error.ts'

/** The tokens of a template with the one being looked at. */
export class TokenStream {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get current(): Token {
    return this.#tokens[this.#at]!
  }

  get following(): Token {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)]!
  }

  next(): Token {
    const token = this.current
    if (token.type !== 'end') this.#at++
    return token
  }

  is(type: string): boolean {
    return this.current.type === type
  }

  isName(...names: string[]): boolean {
    return this.current.type === 'name' && names.includes(this.current.value)
  }

  skip(type: string): boolean {
    const found = this.is(type)
    if (found) this.next()
    return found
  }

  skipName(name: string): boolean {
    const found = this.isName(name)
    if (found) this.next()
    return found
  }

  expect(type: string): Token {
    if (!this.is(type)) throw this.error(`expected ${type}, found ${this.#shown()}`)
    return this.next()
  }

  expectName(name: string): void {
    if (!this.skipName(name)) throw this.error(`expected ${name}, found ${this.#shown()}`)
  }

  error(message: string): TemplateError {
    return new TemplateError(`line ${this.current.line}: ${message}`)
  }

  unexpected(): TemplateError {
    return this.error(`unexpected ${this.#shown()}`)
  }

  #shown(): string {
    const { type, value } = this.current
    return type === 'end' ? 'the end of the template' : JSON.stringify(value)
  }
}
