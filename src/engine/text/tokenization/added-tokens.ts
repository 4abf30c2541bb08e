import { z } from 'zod'
import type { Normalizer } from './normalizer.ts'
import { TokenTrie } from './token-trie.ts'
import { broken, type Vocabulary } from './vocabulary.ts'

export const AddedToken = z.object({
  content: z.string(),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().optional(),
  special: z.boolean().default(false),
})

export interface AddedToken {
  content: string
  single_word: boolean
  lstrip: boolean
  rstrip: boolean
  normalized: boolean
  special: boolean
}

/** A stretch of a text: an added token, or text that none is in. */
export type Section = { id: number } | { id?: undefined; text: string; start: number }

const wordCharacter = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u
const blank = /\p{White_Space}/u

const isSame = (a: AddedToken, b: AddedToken): boolean =>
  a.content === b.content &&
  a.single_word === b.single_word &&
  a.lstrip === b.lstrip &&
  a.rstrip === b.rstrip &&
  a.normalized === b.normalized &&
  a.special === b.special

/**
 * Tokens found in the text before the model sees it (tokenizer/added_vocabulary.rs): those not `normalized` in the raw
 * text, the others in what the normalizer made of it.
 */
export class AddedTokens {
  readonly #vocabulary: Vocabulary
  readonly #normalize: Normalizer
  readonly #ids = new Map<string, number>()
  readonly #byId = new Map<number, AddedToken>()
  /** Decoding writes a normalized token in its normalized form. */
  readonly #written = new Map<number, string>()
  /** Once special, a token stays so. */
  readonly #special = new Set<string>()
  #raw = new TokenTrie()
  #normalized = new TokenTrie()
  /** Whether special tokens in a text are text (tokenizer_config.json, split_special_tokens). */
  splitsSpecial = false

  constructor(vocabulary: Vocabulary, normalize: Normalizer) {
    this.#vocabulary = vocabulary
    this.#normalize = normalize
  }

  /**
   * Adds tokens in order; one that is there already takes on the new flags. Throws MODEL_BROKEN where a stated id is
   * not the one that `tokenizers` gives: the vocabulary's, or the next after all others.
   */
  add(tokens: readonly (AddedToken & { id?: number })[]): void {
    for (const token of tokens) {
      if (token.content === '') continue
      const id = this.id(token.content) ?? this.#nextId()
      if (token.id !== undefined && token.id !== id) {
        throw broken(
          `the added token ${JSON.stringify(token.content)} has id ${token.id}, but ${
            this.id(token.content) === undefined ? `the next free id is ${id}` : `its vocabulary says ${id}`
          }`,
          token.content,
        )
      }
      const known = this.#byId.get(id)
      if (known && isSame(known, token)) continue
      if (token.special) this.#special.add(token.content)
      if (token.normalized) this.#written.set(id, this.#normalize(token.content))
      this.#ids.set(token.content, id)
      this.#byId.set(id, token)
    }
    this.#raw = new TokenTrie()
    this.#normalized = new TokenTrie()
    for (const [id, token] of this.#byId) {
      if (token.normalized) this.#normalized.add(this.#normalize(token.content), id)
      else this.#raw.add(token.content, id)
    }
  }

  #nextId(): number {
    let highest = -1
    for (const id of this.#ids.values()) highest = Math.max(highest, id)
    return Math.max(highest + 1, this.#vocabulary.size)
  }

  id(token: string): number | undefined {
    return this.#ids.get(token) ?? this.#vocabulary.id(token)
  }

  token(id: number): string | undefined {
    return this.#byId.get(id)?.content ?? this.#vocabulary.token(id)
  }

  /** What decoding writes for a token. */
  written(id: number): string | undefined {
    return this.#written.get(id) ?? this.token(id)
  }

  /** Whether a token of exactly these flags is there. */
  has(token: AddedToken): boolean {
    for (const known of this.#byId.values()) if (isSame(known, token)) return true
    return false
  }

  /** Whether a text is an added token. */
  isAdded(content: string): boolean {
    return this.#ids.has(content)
  }

  isSpecial(token: string): boolean {
    return this.#special.has(token)
  }

  ids(): Iterable<number> {
    return this.#byId.keys()
  }

  /** Sections of raw text; `start` is where they begin in it. */
  splitRaw(text: string): Section[] {
    return this.#split(text, this.#raw)
  }

  /** Sections of normalized text. */
  splitNormalized(text: string): Section[] {
    return this.#split(text, this.#normalized)
  }

  #split(text: string, trie: TokenTrie): Section[] {
    const sections: Section[] = []
    let done = 0
    let from = 0
    while (true) {
      const match = trie.find(text, from)
      if (!match) break
      from = match.end
      const token = this.#byId.get(match.id)!
      if (this.splitsSpecial && this.#special.has(token.content)) continue
      let { start, end } = match
      if (token.single_word && !standsAlone(text, start, end)) continue
      if (token.lstrip) {
        while (start > 0 && blank.test(text[start - 1]!)) start--
        start = Math.max(start, done)
      }
      if (token.rstrip) while (end < text.length && blank.test(text[end]!)) end++
      if (done < start) sections.push({ text: text.slice(done, start), start: done })
      sections.push({ id: match.id })
      done = end
    }
    if (done < text.length) sections.push({ text: text.slice(done), start: done })
    return sections
  }
}

function standsAlone(text: string, start: number, end: number): boolean {
  const before = Array.from(text.slice(Math.max(0, start - 2), start)).at(-1)
  const after = text.codePointAt(end)
  return (
    !(before !== undefined && wordCharacter.test(before)) &&
    !(after !== undefined && wordCharacter.test(String.fromCodePoint(after)))
  )
}
