import { inspect } from 'node:util'
import { AppError } from '../../contract/errors.ts'

/** Stands where a key would be shown. */
const hidden = '[key]'

/**
 * A secret that can be sent and nothing else: it is not enumerable, prints as "[key]" in JSON, logs and templates, and takes
 * itself out of what an endpoint says.
 */
export class JudgeKey {
  readonly #value: string

  /** Throws BAD_INPUT, without the text, for one that no header can carry. */
  constructor(value: string) {
    const trimmed = value.trim()
    if (!/^[\x21-\x7e]{1,4096}$/.test(trimmed))
      throw new AppError(
        'BAD_INPUT',
        'The key has characters that no key has (blanks, line ends, letters beyond ASCII). Copy it again.',
      )
    this.#value = trimmed
  }

  /** Of the variable that a person names. Only names of keys are read, so that no other secret can be sent by mistake. */
  static fromVariable(name: string, environment: Readonly<Record<string, string | undefined>>): JudgeKey {
    if (!/^[A-Za-z_][A-Za-z0-9_]*(KEY|TOKEN)$/i.test(name))
      throw new AppError(
        'BAD_INPUT',
        `${name} is not taken for a key. Name an environment variable that ends in KEY or TOKEN, such as OPENAI_API_KEY.`,
        { name },
      )
    const value = environment[name]
    if (value === undefined || value.trim() === '')
      throw new AppError(
        'BAD_INPUT',
        `The environment variable ${name} is not set for this program. Set it before you start it.`,
        { name },
      )
    return new JudgeKey(value)
  }

  /** For the request alone. */
  authorization(): string {
    return `Bearer ${this.#value}`
  }

  /** The text without the key, where somebody repeats it. */
  redact(text: string): string {
    return text.replaceAll(this.#value, hidden)
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return hidden
  }

  [inspect.custom](): string {
    return hidden
  }
}
