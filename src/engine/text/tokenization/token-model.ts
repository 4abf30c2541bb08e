import { AppError } from '../../../contract/errors.ts'
import type { Vocabulary } from './vocabulary.ts'

/** What turns a word into ids. */
export interface TokenModel {
  readonly vocabulary: Vocabulary
  /** Appends the ids of a word. Throws BAD_INPUT for text that the vocabulary has neither tokens nor an unknown for. */
  encode(word: string, ids: number[]): void
}

export function noToken(text: string): AppError {
  return new AppError(
    'BAD_INPUT',
    `the model's tokenizer has no token for ${JSON.stringify(text.slice(0, 40))}, and none for unknown text.`,
    { token: text.slice(0, 40) },
  )
}
