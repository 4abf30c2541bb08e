import { AppError } from '../../../contract/errors.ts'
import { byteToken } from './byte-alphabet.ts'

const utf8 = new TextEncoder()

/** Tokens by id and ids by token. */
export class Vocabulary {
  readonly #ids = new Map<string, number>()
  readonly #tokens: string[] = []

  /** Throws MODEL_BROKEN where two tokens share an id or an id is far beyond the number of tokens. */
  constructor(entries: Iterable<readonly [string, number]>, size: number) {
    for (const [token, id] of entries) {
      // A hole of a billion ids would be an array of that length; see checkHoles for smaller ones.
      if (id >= 2 * size + 65_536) {
        throw broken(
          `the token ${JSON.stringify(token)} has id ${id}, with only ${size} tokens in the vocabulary`,
          token,
        )
      }
      const other = this.#tokens[id]
      if (other !== undefined) {
        throw broken(
          `the tokens ${JSON.stringify(other)} and ${JSON.stringify(token)} both have id ${id}`,
          token,
        )
      }
      this.#ids.set(token, id)
      this.#tokens[id] = token
    }
  }

  /** How many tokens there are. */
  get size(): number {
    return this.#ids.size
  }

  id(token: string): number | undefined {
    return this.#ids.get(token)
  }

  token(id: number): string | undefined {
    return this.#tokens[id]
  }

  /** The tokens of a text's UTF-8 bytes, as SentencePiece falls back to them; undefined where one is missing. */
  byteIds(text: string): number[] | undefined {
    const ids: number[] = []
    for (const byte of utf8.encode(text)) {
      const id = this.#ids.get(byteToken(byte))
      if (id === undefined) return undefined
      ids.push(id)
    }
    return ids
  }

  ids(): Iterable<number> {
    return this.#ids.values()
  }
}

export function broken(what: string, token: string): AppError {
  return new AppError(
    'MODEL_BROKEN',
    `tokenizer.json: ${what}. Its parts do not fit together; download the tokenizer again.`,
    { token },
  )
}
