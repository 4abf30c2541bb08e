import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exportFolder } from '../unit/gguf/export.ts'
import { readGguf } from '../unit/gguf/gguf-reader.ts'

/** Made by make/gguf_goldens.py with llama.cpp's own converter. */
interface Converter {
  models: Record<
    string,
    {
      weightsSha256: string
      types: Record<
        'f16' | 'q8_0',
        {
          architecture: string
          metadata: Record<string, unknown>
          /** Type, sides, first 16 hex digits of the bytes' sha256. */
          tensors: Record<string, [string, number[], string]>
        }
      >
    }
  >
}
const converter = JSON.parse(
  readFileSync(join(import.meta.dirname, 'gguf/converter.json'), 'utf8'),
) as Converter
const typeIds: Record<string, number> = { F32: 0, F16: 1, Q8_0: 8 }

/**
 * Where the converter loses something and we do not: it ignores Gemma's query_pre_attn_scalar, which goes into the
 * queries here; it cuts off embeddings without a token, which get one here; and llama.cpp reads no yarn ramp, so that one
 * other than its own becomes a tensor.
 */
const better: Record<string, { tensors?: RegExp; keys?: RegExp }> = {
  'families/gemma2': { tensors: /attn_q\.weight$/ },
  'families/gemma3': { tensors: /attn_q_norm\.weight$|^token_embd/ },
  'families/rope-yarn': { keys: /\.rope\.scaling\./ },
}

describe.each(Object.entries(converter.models))('%s', (model, { weightsSha256, types }) => {
  const dir = join(import.meta.dirname, model, 'model')

  it('is the model that the numbers were made of', () => {
    const found = createHash('sha256')
      .update(readFileSync(join(dir, 'model.safetensors')))
      .digest('hex')
    expect(found, 'the model has changed: run test/golden/make/gguf_goldens.py again').toBe(weightsSha256)
  })

  it.each(['f16', 'q8_0'] as const)(
    "%s: tensors and keys are those of llama.cpp's converter",
    async (type) => {
      const { written } = await exportFolder(dir, { type })
      const { metadata, tensors } = readGguf(written.path)
      const { architecture, metadata: keys, tensors: expected } = types[type]
      const { tensors: ownTensors = /^$/, keys: ownKeys = /^$/ } = better[model] ?? {}
      expect(metadata.get('general.architecture')?.value).toBe(architecture)
      for (const [key, value] of Object.entries(keys))
        if (!ownKeys.test(key)) expect([key, metadata.get(key)?.value]).toEqual([key, value])
      for (const [name, [typeName, sides, hash]] of Object.entries(expected)) {
        const tensor = tensors.get(name)
        expect([name, tensor?.typeId]).toEqual([name, typeIds[typeName]])
        if (ownTensors.test(name)) continue
        expect([name, tensor?.sides]).toEqual([name, sides])
        expect([name, createHash('sha256').update(tensor!.bytes).digest('hex').slice(0, 16)]).toEqual([
          name,
          hash,
        ])
      }
      const extra = [...tensors.keys()].filter((name) => !(name in expected))
      expect(extra).toEqual(model === 'families/rope-yarn' ? ['rope_freqs.weight'] : [])
    },
  )
})
