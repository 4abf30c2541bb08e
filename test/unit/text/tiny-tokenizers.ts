import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Tokenizer folders as Hugging Face saves them, small enough to read. */

export function tempFolder(): string {
  return mkdtempSync(join(tmpdir(), 'spin-text-'))
}

/** GPT-2's map of bytes to printable characters, in the order of its vocabulary. */
function byteCharacters(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255)
  const characters: string[] = []
  let next = 256
  for (let byte = 0; byte < 256; byte++)
    characters.push(String.fromCodePoint(printable(byte) ? byte : next++))
  return characters
}

export interface TinyTokenizer {
  bosToken?: string
  eosToken?: string
  special?: string[]
  chatTemplate?: unknown
}

function writeConfig(dir: string, { bosToken, eosToken, chatTemplate }: TinyTokenizer): void {
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: bosToken ?? null,
    // One as text, one as object: both forms are found in the wild.
    eos_token: eosToken === undefined ? null : { __type: 'AddedToken', content: eosToken, special: true },
    ...(chatTemplate === undefined ? {} : { chat_template: chatTemplate }),
  }
  writeFileSync(join(dir, 'tokenizer_config.json'), JSON.stringify(config))
}

function addedTokens(special: string[], firstId: number) {
  return special.map((content, i) => ({
    id: firstId + i,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }))
}

/** 256 bytes, a few merges, special tokens from id 261. */
export function writeByteLevelBpe(dir: string, options: TinyTokenizer = {}): void {
  const merges = ['h e', 'l l', 'he ll', 'hell o', 'Ġ w']
  const tokens = [...byteCharacters(), ...merges.map((merge) => merge.replace(' ', ''))]
  const special = options.special ?? ['<s>', '</s>']
  const json = {
    version: '1.0',
    added_tokens: addedTokens(special, tokens.length),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
      unk_token: null,
    },
  }
  writeFileSync(join(dir, 'tokenizer.json'), JSON.stringify(json))
  writeConfig(dir, { bosToken: '<s>', eosToken: '</s>', ...options })
}

/** One token a character: `<pad>`, `<unk>`, special tokens, then printable ASCII and newline. */
export function writeCharacterLevel(dir: string, options: TinyTokenizer = {}): void {
  const special = ['<unk>', ...(options.special ?? ['<s>', '</s>'])]
  const characters = ['\n', ...Array.from({ length: 95 }, (_, i) => String.fromCodePoint(32 + i))]
  const json = {
    version: '1.0',
    added_tokens: addedTokens(special, 0),
    normalizer: null,
    pre_tokenizer: { type: 'Split', pattern: { Regex: '[\\s\\S]' }, behavior: 'Isolated', invert: false },
    post_processor: null,
    decoder: { type: 'Fuse' },
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries([...special, ...characters].map((token, id) => [token, id])),
      unk_token: '<unk>',
    },
  }
  writeFileSync(join(dir, 'tokenizer.json'), JSON.stringify(json))
  writeConfig(dir, { bosToken: '<s>', eosToken: '</s>', ...options })
}

/** Metaspace BPE in Llama 2's manner: a blank is put before the first word of a text. */
export function writeMetaspaceBpe(dir: string, options: TinyTokenizer = {}): void {
  const special = options.special ?? ['<s>', '</s>']
  const letters = ['▁', '\n', ...Array.from({ length: 94 }, (_, i) => String.fromCodePoint(33 + i))]
  const json = {
    version: '1.0',
    added_tokens: addedTokens(special, 0),
    normalizer: null,
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false },
    post_processor: null,
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries([...special, ...letters].map((token, id) => [token, id])),
      merges: [],
      unk_token: null,
    },
  }
  writeFileSync(join(dir, 'tokenizer.json'), JSON.stringify(json))
  writeConfig(dir, { bosToken: '<s>', eosToken: '</s>', ...options })
}

export const templates = {
  chatMl:
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}" +
    "{{ '<|im_start|>system\\nYou are helpful.<|im_end|>\\n' }}{% endif %}" +
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
  llama3:
    "{{- bos_token }}{%- for message in messages %}{{- '<|start_header_id|>' + message['role'] + " +
    "'<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}{%- endfor %}" +
    "{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}",
  noSystem:
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" +
    "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + eos_token }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}",
  thinking:
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + eos_token }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<|assistant|><think>\\n' }}{% endif %}",
  stripsThoughts:
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'].split('</think>')[-1]" +
    " + eos_token }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}",
  dated:
    "{{ strftime_now('%d %b %Y') }}{% for message in messages %}{{ message['content'] + eos_token }}{% endfor %}",
}
