import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromByteCharacters } from '../src/engine/text/tokenization/byte-alphabet.ts'

/**
 * A byte-level BPE tokenizer in which every token is a space and one to three letters, so that any list of token ids is a
 * text that encodes back to it; in a model's folder, with the end of an answer (the last id) after every message or after
 * the assistant's alone. Returns the words.
 */
export function writeTokenizer(
  dir: string,
  vocabSize: number,
  { endsEveryMessage }: { endsEveryMessage: boolean },
): string[] {
  const { json, words } = wordTokenizer(vocabSize)
  const end = endsEveryMessage
    ? '{{ eos_token }}'
    : "{% if m['role'] == 'assistant' %}{{ eos_token }}{% endif %}"
  const write = (name: string, value: unknown) => writeFileSync(join(dir, name), JSON.stringify(value))
  write('generation_config.json', { eos_token_id: vocabSize - 1 })
  write('tokenizer.json', json)
  write('tokenizer_config.json', {
    tokenizer_class: 'PreTrainedTokenizerFast',
    eos_token: '<|end|>',
    pad_token: '<|end|>',
    clean_up_tokenization_spaces: false,
    chat_template: `{% for m in messages %}{{ m['content'] }}${end}{% endfor %}`,
  })
  return words
}

const letters = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')

/** Merges run from the left alone ("Ġ"+a, "Ġa"+b, …), so no other pair can form and every word is one token. */
function wordTokenizer(vocabSize: number): { json: unknown; words: string[] } {
  const bytes = byteAlphabet()
  const vocab = new Map(bytes.map((character, id) => [character, id]))
  const merges: [string, string][] = []
  const words: string[] = []
  let previous = ['Ġ']
  while (vocab.size < vocabSize - 1) {
    const longer: string[] = []
    for (const word of previous) {
      for (const letter of letters) {
        if (vocab.size === vocabSize - 1) break
        vocab.set(word + letter, vocab.size)
        merges.push([word, letter])
        longer.push(word + letter)
        words.push(` ${word.slice(1)}${letter}`)
      }
    }
    previous = longer
  }
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: vocabSize - 1,
        content: '<|end|>',
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocab),
      merges: merges.map((pair) => pair.join(' ')),
    },
  }
  return { json, words }
}

/** GPT-2's characters for the 256 bytes, in its order. */
function byteAlphabet(): string[] {
  const codes = Array.from({ length: 0x144 }, (_, code) => String.fromCharCode(code))
  return codes.filter((character) => fromByteCharacters(character) !== undefined)
}
