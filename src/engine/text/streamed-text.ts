import type { TextTokenizer } from './tokenizer.ts'

/** Stands at the end of a text whose last character has bytes still to come. */
const unfinished = /\ufffd+$/

/**
 * The text of an answer while its tokens come in. A character that spans tokens is held back until all of it is there;
 * pieces joined are the text of all tokens, but where bytes turned out to be no UTF-8 after part of them was passed on.
 */
export class StreamedText {
  private readonly tokenizer: Pick<TextTokenizer, 'decode'>
  private readonly ids: number[] = []
  private passedOn = ''

  constructor(tokenizer: Pick<TextTokenizer, 'decode'>) {
    this.tokenizer = tokenizer
  }

  /** What has become readable with these tokens; often nothing. */
  push(ids: readonly number[]): string {
    for (const id of ids) this.ids.push(id)
    return this.passOn(this.text().replace(unfinished, ''))
  }

  /** What was held back, when no token comes any more: replacement characters for bytes that stayed alone. */
  end(): string {
    return this.passOn(this.text())
  }

  /** Of all tokens so far. Decoded as a whole, as decoders treat the first token and runs of bytes specially. */
  text(): string {
    return this.tokenizer.decode(this.ids, { skipSpecial: true })
  }

  private passOn(text: string): string {
    if (!text.startsWith(this.passedOn)) return ''
    const piece = text.slice(this.passedOn.length)
    this.passedOn = text
    return piece
  }
}
