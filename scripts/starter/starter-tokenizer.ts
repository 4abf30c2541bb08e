/** The starter's tokenizer: one token per printable ASCII character and newline, and the tokens of the template. */
export const specialTokens = {
  pad: '<|pad|>',
  end: '<|end|>',
  system: '<|system|>',
  user: '<|user|>',
  assistant: '<|assistant|>',
  unknown: '<|unknown|>',
} as const

// Two names without a use, so that every row of the embedding (a multiple of 8) has a token that decodes.
const reservedTokens = ['<|reserved-0|>', '<|reserved-1|>']
const characters = ['\n', ...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))]
const named = [...Object.values(specialTokens), ...reservedTokens]

/** Token text by id: special tokens first, then newline, then the characters in the order of ASCII. */
export const vocabulary: readonly string[] = [...named, ...characters]

export function tokenId(token: string): number {
  return vocabulary.indexOf(token)
}

/** `<|user|>…<|end|><|assistant|>…<|end|>`: the end token closes every turn and is the EOS of an answer. */
export const chatTemplate =
  "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"

/**
 * tokenizer.json of the `tokenizers` library: BPE without merges splits into characters, and without a
 * pre-tokenizer spaces stay what they are. The Fuse decoder joins tokens without spaces between them.
 */
export function tokenizerJson(): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: named.map((content) => ({
      id: tokenId(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: 'Fuse' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: specialTokens.unknown,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      merges: [],
    },
  }
}

export function tokenizerConfig(maxPositions: number): object {
  return {
    added_tokens_decoder: Object.fromEntries(
      named.map((content) => [
        String(tokenId(content)),
        { content, lstrip: false, normalized: false, rstrip: false, single_word: false, special: true },
      ]),
    ),
    add_bos_token: false,
    add_eos_token: false,
    chat_template: chatTemplate,
    clean_up_tokenization_spaces: false,
    eos_token: specialTokens.end,
    model_max_length: maxPositions,
    pad_token: specialTokens.pad,
    unk_token: specialTokens.unknown,
    tokenizer_class: 'PreTrainedTokenizerFast',
  }
}
