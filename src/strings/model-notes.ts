import { count } from './amounts.ts'

/** What a person should know of a model that can be used all the same. */
export const modelNotes = {
  untied: (head: string, embeddings: string) =>
    `config.json says that the head is tied to the embeddings, but ${head} is stored and differs from ` +
    `${embeddings}. The stored head is used and the model is not tied, as transformers does.`,
  unread: (files: readonly string[], root: string) =>
    `${files.join(', ')} in ${root} ${files.length === 1 ? 'is' : 'are'} not read: no index names it.`,
  notApplied: (setting: string) => `generation_config.json's ${setting} is not applied.`,
  officialFormatOnly: (why: string) => `Only the official prompt format can be used: ${why}`,
  defaultTemplate:
    'This model has no chat template. The default of the official SPIN repository (Zephyr: <|user|>, <|assistant|>) ' +
    'is used; a model that was tuned with other marks will answer worse than it can.',
  fixedDate: 'The chat template asks for the date; 26 Jul 2024 is used always, so that runs can be repeated.',
  gguf: {
    window: (architecture: string, tokens: number) =>
      `llama.cpp knows no sliding window for "${architecture}": its answers are the same only up to ${count(tokens)} tokens.`,
    normalizer: (type: string) =>
      `llama.cpp does not normalize text (${type}): composed and decomposed characters may give other tokens.`,
    noPrefixSpace: 'llama.cpp puts no space before the first word, as this tokenizer does.',
    splitsWords:
      'llama.cpp splits words before it merges letters, this tokenizer does not: tokens may differ.',
    unknownIsError: 'Characters without a token are an error here; llama.cpp leaves them out.',
    unknown: (token: string) => `Characters without a token become ${token} here; llama.cpp leaves them out.`,
    spaceAfterSpecial:
      'llama.cpp puts a space after every special token, this tokenizer only at the very beginning.',
    mergeOrder: 'The order of merges is not one of whole tokens, as llama.cpp has it: tokens may differ.',
    endTokens: (lost: readonly string[]) =>
      `A GGUF file has room for three tokens that end an answer; ${lost.join(', ')} will not.`,
  },
} as const
