import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseModelConfig } from '../../../src/engine/model/families/index.ts'
import { openSafetensors } from '../../../src/engine/model/safetensors.ts'
import { tinyConfig, writeTinyModel } from '../model-folder/tiny-model.ts'
import { type Exported, runExport, tempFolder } from './export.ts'

/** As much of tokenizer.json and tokenizer_config.json as is changed here. */
interface TokenizerJson {
  model: Record<string, unknown> & { vocab: Record<string, number> }
  added_tokens: { id: number; content: string; special: boolean; normalized?: boolean }[]
  normalizer: object | null
  pre_tokenizer: object | null
  post_processor: object | null
  decoder: object | null
}
type ConfigJson = Record<string, unknown>

/** Exports the tiny byte-level model with its tokenizer.json or tokenizer_config.json changed. */
async function exportWith(
  change: (tokenizer: TokenizerJson, config: ConfigJson) => void,
  { eosIds = [262], ...options }: { config?: object; name?: string; eosIds?: number[] } = {},
): Promise<Exported> {
  const dir = await writeTinyModel(tempFolder(), options)
  const tokenizer = JSON.parse(readFileSync(join(dir, 'tokenizer.json'), 'utf8')) as TokenizerJson
  const config = JSON.parse(readFileSync(join(dir, 'tokenizer_config.json'), 'utf8')) as ConfigJson
  change(tokenizer, config)
  writeFileSync(join(dir, 'tokenizer.json'), JSON.stringify(tokenizer))
  writeFileSync(join(dir, 'tokenizer_config.json'), JSON.stringify(config))
  const weights = openSafetensors(join(dir, 'model.safetensors'))
  return runExport({
    from: {
      dir,
      baseDir: dir,
      textDir: dir,
      eosIds,
      config: parseModelConfig({ ...tinyConfig, ...options.config }),
    },
    read: (name) => weights.read(name),
    outPath: join(tempFolder(), 'model.gguf'),
    type: 'f16',
    ...(options.name !== undefined && { name: options.name }),
  })
}

const valueOf = ({ file }: Exported, key: string): unknown =>
  file.metadata.get(`tokenizer.ggml.${key}`)?.value
const texts = (found: Exported, key: string): string[] => valueOf(found, key) as string[]
const numbers = (found: Exported, key: string): number[] => valueOf(found, key) as number[]
const split = (regex: string) => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false },
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
  ],
})
const llama3 = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
const qwen2 = llama3.replace('{1,3}', '')
const tekken = String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
const gpt4o = String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`

describe('byte-level BPE', () => {
  it('keeps tokens, merges and ids; embeddings without a token get one', async () => {
    const found = await exportWith((tokenizer) => {
      tokenizer.added_tokens.push({ id: 263, content: '<tool>', special: false })
      tokenizer.added_tokens.push({ id: 264, content: '<|looks_special|>', special: false })
    })
    expect(valueOf(found, 'model')).toBe('gpt2')
    const tokens = texts(found, 'tokens')
    expect([tokens[0], tokens[10], tokens[32], tokens[256], tokens[260]]).toEqual(['Ā', 'Ċ', 'Ġ', 'he', 'Ġw'])
    expect(tokens.slice(261)).toEqual([
      '<s>',
      '</s>',
      '<tool>',
      '<|looks_special|>',
      ...Array.from({ length: 7 }, (_, i) => `[PAD${265 + i}]`),
    ])
    expect(numbers(found, 'token_type').slice(259)).toEqual([1, 1, 3, 3, 4, 3, 5, 5, 5, 5, 5, 5, 5])
    expect(valueOf(found, 'merges')).toEqual(['h e', 'l l', 'he ll', 'hell o', 'Ġ w'])
  })

  it.each([
    ['llama-bpe', split(llama3), true],
    ['dbrx', split(llama3), false],
    ['qwen2', split(qwen2), false],
    ['tekken', split(tekken), true],
    ['gpt-4o', split(gpt4o), false],
    ['gpt-2', { type: 'ByteLevel', add_prefix_space: false, use_regex: true }, false],
    [
      'smollm',
      {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Digits', individual_digits: true },
          { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
        ],
      },
      false,
    ],
  ])('splits words as "%s"', async (name, rule, ignoresMerges) => {
    const found = await exportWith((tokenizer) => {
      tokenizer.pre_tokenizer = rule
      tokenizer.model['ignore_merges'] = ignoresMerges
    })
    expect(valueOf(found, 'pre')).toBe(name)
    // "llama-bpe" and "tekken" would add a BOS by themselves.
    expect(valueOf(found, 'add_bos_token')).toBe(false)
  })

  it('refuses a rule that llama.cpp has no name for', async () => {
    const found = exportWith((tokenizer) => {
      tokenizer.pre_tokenizer = split(String.raw`\p{L}+|\p{N}{2}`)
    })
    await expect(found).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('N}{2}') as string,
    })
  })

  it('refuses two ids with one text, over which llama.cpp would end its process', async () => {
    const found = exportWith((tokenizer) => {
      tokenizer.added_tokens.push({ id: 263, content: '[PAD270]', special: false })
    })
    await expect(found).rejects.toThrow(/263 and 270 are both written "\[PAD270\]"/)
  })

  it('refuses a normalizer that would change every text, and says which it leaves out', async () => {
    const found = exportWith((tokenizer) => {
      tokenizer.normalizer = { type: 'Lowercase' }
    })
    await expect(found).rejects.toThrow(/the normalizer Lowercase/)
    const composed = await exportWith((tokenizer) => {
      tokenizer.normalizer = { type: 'NFKC' }
    })
    expect(composed.written.warnings.join()).toMatch(/does not normalize text \(NFKC\)/)
  })

  it('refuses Unigram by name', async () => {
    const found = exportWith((tokenizer) => {
      tokenizer.model['type'] = 'Unigram'
    })
    await expect(found).rejects.toThrow(/Unigram/)
  })
})

describe('BPE over characters', () => {
  it('is byte-level BPE in which a character is one token first', async () => {
    const found = await exportWith((tokenizer) => {
      const tokens = ['\n', ' ', 'a', 'é', '→', 'aé']
      tokenizer.model = {
        type: 'BPE',
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges: [['a', 'é']],
        unk_token: '</s>',
      }
      tokenizer.pre_tokenizer = null
      tokenizer.decoder = { type: 'Fuse' }
    })
    expect(texts(found, 'tokens').slice(0, 6)).toEqual(['Ċ', 'Ġ', 'a', 'Ã©', 'âĨĴ', 'aÃ©'])
    expect(valueOf(found, 'merges')).toEqual(['Ã ©', 'â Ĩ', 'âĨ Ĵ', 'a Ã©'])
    expect(found.written.warnings.join()).toMatch(/become <\/s> here; llama.cpp leaves them out/)
  })
})

describe('SentencePiece BPE', () => {
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`)
  const own = ['<unk>', ...bytes, '▁', 'a', 'b', 'ab', '▁a']
  const sentencePiece = (tokenizer: TokenizerJson): void => {
    tokenizer.model = {
      type: 'BPE',
      vocab: Object.fromEntries(own.map((token, id) => [token, id])),
      merges: [
        ['a', 'b'],
        ['▁', 'a'],
      ],
      unk_token: '<unk>',
      byte_fallback: true,
    }
    const special = { special: true, normalized: false }
    tokenizer.added_tokens = [
      { id: 0, content: '<unk>', ...special },
      { id: 262, content: '<s>', ...special },
      { id: 263, content: '</s>', ...special },
      { id: 264, content: '▁▁', special: false, normalized: false },
    ]
    tokenizer.normalizer = {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    }
    tokenizer.pre_tokenizer = null
    tokenizer.decoder = { type: 'ByteFallback' }
    tokenizer.post_processor = {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: {},
    }
  }

  it('scores tokens by the rank of their merge, and knows bytes, control and user-defined tokens', async () => {
    const found = await exportWith(sentencePiece)
    expect([valueOf(found, 'model'), valueOf(found, 'pre')]).toEqual(['llama', 'default'])
    const types = numbers(found, 'token_type')
    expect(types.slice(0, 2)).toEqual([2, 6])
    expect(types.slice(256, 266)).toEqual([6, 1, 1, 1, 1, 1, 3, 3, 4, 5])
    const scores = numbers(found, 'scores')
    const tokens = texts(found, 'tokens')
    expect(scores[tokens.indexOf('ab')]).toBeGreaterThan(scores[tokens.indexOf('▁a')]!)
    expect(scores[tokens.indexOf('▁a')]).toBeGreaterThan(scores[tokens.indexOf('</s>')]!)
    expect(tokens[264]).toBe('  ')
    expect(valueOf(found, 'unknown_token_id')).toBe(0)
    expect(valueOf(found, 'add_space_prefix')).toBe(true)
    expect(valueOf(found, 'add_bos_token')).toBe(true)
    expect(valueOf(found, 'merges')).toBeUndefined()
  })

  it('without the prepended space, as Gemma', async () => {
    const found = await exportWith((tokenizer) => {
      sentencePiece(tokenizer)
      tokenizer.normalizer = { type: 'Replace', pattern: { String: ' ' }, content: '▁' }
      tokenizer.pre_tokenizer = {
        type: 'Split',
        pattern: { String: ' ' },
        behavior: 'MergedWithPrevious',
        invert: false,
      }
    })
    expect(valueOf(found, 'add_space_prefix')).toBe(false)
  })

  it('warns where the merges of two tokens take turns', async () => {
    const found = await exportWith((tokenizer) => {
      sentencePiece(tokenizer)
      tokenizer.model['merges'] = [
        ['a', 'b'],
        ['▁', 'a'],
        ['a', 'b'],
      ]
    })
    expect(found.written.warnings.join()).toMatch(/order of merges/)
  })

  it('refuses a vocabulary without bytes: llama.cpp would end on the first unknown character', async () => {
    const found = exportWith((tokenizer) => {
      sentencePiece(tokenizer)
      delete tokenizer.model.vocab['<0x41>']
    })
    await expect(found).rejects.toThrow(/a token for every byte; <0x41> is missing/)
  })
})

describe('special tokens', () => {
  it("ends answers with every token of the model's own that llama.cpp does not know by name", async () => {
    const found = await exportWith(
      (tokenizer, config) => {
        const special = { special: true, normalized: false }
        for (const [id, content] of [
          [263, '<|im_end|>'],
          [264, '<|stop|>'],
          [265, '<pad>'],
        ] as const)
          tokenizer.added_tokens.push({ id, content, ...special })
        config['pad_token'] = '<pad>'
      },
      { eosIds: [264, 263, 262] },
    )
    expect(valueOf(found, 'eos_token_id')).toBe(262)
    expect(valueOf(found, 'eot_token_id')).toBe(264)
    expect(valueOf(found, 'eom_token_id')).toBeUndefined()
    expect(valueOf(found, 'padding_token_id')).toBe(265)
  })

  it('names a start token even where the model has none: llama.cpp would take token 11', async () => {
    const found = await exportWith(
      (_, config) => {
        config['bos_token'] = null
      },
      { config: { bos_token_id: null } },
    )
    expect(valueOf(found, 'bos_token_id')).toBe(262)
    expect(valueOf(found, 'add_bos_token')).toBe(false)
  })

  it("keeps llama.cpp's treatment of Phi-3's name away from other models", async () => {
    const found = await exportWith(() => {}, { name: 'my-phi3-clone' })
    expect(found.file.metadata.get('general.name')!.value).toBe('my-phi 3-clone')
  })
})
