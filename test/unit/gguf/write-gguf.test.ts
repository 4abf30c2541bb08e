import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeGguf } from '../../../src/engine/model/gguf/write-gguf.ts'
import { openModelFolder } from '../../../src/engine/model/model-folder.ts'
import { tinyConfig, writeTinyModel } from '../model-folder/tiny-model.ts'
import { exportFolder, runExport, tempFolder } from './export.ts'
import { tensorValues } from './gguf-reader.ts'

const template = "{{ bos_token }}{% for m in messages %}{{ m['content'] }}{{ eos_token }}{% endfor %}"
const wide = { hidden_size: 64, intermediate_size: 96 }

describe('the file', () => {
  it('states everything that llama.cpp needs to know of a Llama', async () => {
    const dir = await writeTinyModel(tempFolder(), { tokenizer: { chatTemplate: template } })
    const { file, written } = await exportFolder(dir, {
      name: 'Ours',
      metadata: { 'general.license': 'apache-2.0' },
    })
    expect(file.version).toBe(3)
    const scalars = [...file.metadata].filter(([, { typeId }]) => typeId !== 9)
    expect(Object.fromEntries(scalars.map(([key, { typeId, value }]) => [key, [typeId, value]]))).toEqual({
      'general.architecture': [8, 'llama'],
      'general.type': [8, 'model'],
      'general.name': [8, 'Ours'],
      'general.size_label': [8, '8.3K'],
      'general.license': [8, 'apache-2.0'],
      'general.alignment': [4, 32],
      'general.file_type': [4, 1],
      'general.quantization_version': [4, 2],
      'llama.block_count': [4, 2],
      'llama.context_length': [4, 64],
      'llama.embedding_length': [4, 16],
      'llama.feed_forward_length': [4, 24],
      'llama.attention.head_count': [4, 4],
      'llama.attention.head_count_kv': [4, 2],
      'llama.attention.key_length': [4, 4],
      'llama.attention.value_length': [4, 4],
      'llama.attention.layer_norm_rms_epsilon': [6, Math.fround(1e-5)],
      'llama.vocab_size': [4, 272],
      'llama.rope.dimension_count': [4, 4],
      'llama.rope.freq_base': [6, 10_000],
      'tokenizer.ggml.model': [8, 'gpt2'],
      'tokenizer.ggml.pre': [8, 'gpt-2'],
      'tokenizer.ggml.bos_token_id': [4, 261],
      'tokenizer.ggml.eos_token_id': [4, 262],
      'tokenizer.ggml.add_bos_token': [7, false],
      'tokenizer.ggml.add_eos_token': [7, false],
      'tokenizer.chat_template': [8, template],
    })
    const lists = [...file.metadata].filter(([, { typeId }]) => typeId === 9)
    expect(
      lists.map(([key, { itemTypeId, value }]) => [key, itemTypeId, (value as unknown[]).length]),
    ).toEqual([
      ['tokenizer.ggml.tokens', 8, 272],
      ['tokenizer.ggml.token_type', 5, 272],
      ['tokenizer.ggml.merges', 8, 5],
    ])
    expect(written.warnings).toEqual([])
  })

  it('holds every tensor once, each from a multiple of 32 bytes, one behind the other', async () => {
    const dir = await writeTinyModel(tempFolder(), { config: { tie_word_embeddings: false } })
    const { file, written } = await exportFolder(dir)
    const layer = [
      'attn_norm',
      'attn_q',
      'attn_k',
      'attn_v',
      'attn_output',
      'ffn_norm',
      'ffn_gate',
      'ffn_up',
      'ffn_down',
    ]
    expect([...file.tensors.keys()]).toEqual([
      'token_embd.weight',
      ...[0, 1].flatMap((i) => layer.map((name) => `blk.${i}.${name}.weight`)),
      'output_norm.weight',
      'output.weight',
    ])
    let end = file.dataStart
    for (const { begin, bytes } of file.tensors.values()) {
      expect(begin % 32).toBe(0)
      expect(begin - end).toBeLessThan(32)
      end = begin + bytes.length
    }
    expect(file.fileBytes).toBe(Math.ceil(end / 32) * 32)
    expect(written.bytes).toBe(file.fileBytes)
    expect(file.tensors.get('blk.0.ffn_down.weight')!.sides).toEqual([24, 16])
  })

  it('is the same, byte for byte, when it is written again; its hash and its progress are true', async () => {
    const dir = await writeTinyModel(tempFolder())
    const first = await exportFolder(dir, { name: 'm' })
    const second = await exportFolder(dir, { name: 'm' })
    expect(second.written.sha256).toBe(first.written.sha256)
    const hash = createHash('sha256').update(readFileSync(first.written.path)).digest('hex')
    expect(first.written.sha256).toBe(hash)
    expect(first.progress.length).toBeGreaterThan(10)
    expect(first.progress.every(({ done }, i, all) => i === 0 || done > all[i - 1]!.done)).toBe(true)
    const { done, total } = first.progress.at(-1)!
    expect(total).toBe(first.written.bytes)
    expect(total - done).toBeLessThan(32)
  })
})

describe('tensors', () => {
  it('turns the halves of each head of q and k into neighbours; v stays', async () => {
    const dir = await writeTinyModel(tempFolder())
    const from = await openModelFolder(dir)
    const { file } = await exportFolder(dir)
    const rows = (values: ArrayLike<number>): number[][] =>
      Array.from({ length: values.length / 16 }, (_, i) => Array.from(values).slice(16 * i, 16 * i + 16))
    const name = (part: string): string => `model.layers.1.self_attn.${part}_proj.weight`
    const q = rows(from.weights.read(name('q')))
    const found = rows(tensorValues(file.tensors.get('blk.1.attn_q.weight')!))
    // Heads of 4 rows: 0 2 | 1 3 → 0, 2, 1, 3 as neighbours.
    expect(found).toEqual([0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15].map((row) => q[row]))
    const k = rows(from.weights.read(name('k')))
    expect(rows(tensorValues(file.tensors.get('blk.1.attn_k.weight')!))).toEqual(
      [0, 2, 1, 3, 4, 6, 5, 7].map((row) => k[row]),
    )
    expect(tensorValues(file.tensors.get('blk.1.attn_v.weight')!)).toEqual([...from.weights.read(name('v'))])
  })

  it('q8_0: matrices within half a step of their block, vectors as they are', async () => {
    const dir = await writeTinyModel(tempFolder(), { config: wide })
    const from = await openModelFolder(dir)
    const { file } = await exportFolder(dir, { type: 'q8_0' })
    expect(file.metadata.get('general.file_type')!.value).toBe(7)
    const source = from.weights.read('model.layers.0.mlp.up_proj.weight')
    const tensor = file.tensors.get('blk.0.ffn_up.weight')!
    expect(tensor.typeId).toBe(8)
    // The tiny weights lie within ±1: a step is at most 1/127, and its f16 scale is off by 2⁻¹¹ of up to 127 steps.
    const limit = 0.5 / 127 + 2 ** -11
    expect(tensorValues(tensor).every((value, i) => Math.abs(value - source[i]!) <= limit)).toBe(true)
    const norm = file.tensors.get('output_norm.weight')!
    expect(norm.typeId).toBe(0)
    expect(tensorValues(norm)).toEqual([...from.weights.read('model.norm.weight')])
    expect(file.tensors.get('token_embd.weight')!.typeId).toBe(8)
  })

  it('q8_0: rows that are no whole number of blocks become f16', async () => {
    const dir = await writeTinyModel(tempFolder(), { config: { ...wide, intermediate_size: 40 } })
    const { file } = await exportFolder(dir, { type: 'q8_0' })
    expect(file.tensors.get('blk.0.ffn_down.weight')!.typeId).toBe(1)
    expect(file.tensors.get('blk.0.ffn_up.weight')!.typeId).toBe(8)
  })

  it('asks for each weight once, and changes none that it was given', async () => {
    const dir = await writeTinyModel(tempFolder())
    const from = await openModelFolder(dir)
    const live = new Map([...from.weights.tensors.keys()].map((name) => [name, from.weights.read(name)]))
    const before = new Map([...live].map(([name, values]) => [name, values.slice()]))
    const asked: string[] = []
    await runExport({
      from,
      read: (name) => {
        asked.push(name)
        return live.get(name)!
      },
      outPath: join(tempFolder(), 'live.gguf'),
      type: 'f16',
    })
    expect(asked.toSorted()).toEqual([...live.keys()].toSorted())
    expect(live).toEqual(before)
  })
})

describe('what goes wrong', () => {
  it('leaves nothing behind where a weight does not fit f16', async () => {
    const dir = await writeTinyModel(tempFolder(), {
      change: (weights) => {
        weights.get('model.layers.1.mlp.down_proj.weight')!.data[3] = 1e5
      },
    })
    const outPath = join(tempFolder(), 'model.gguf')
    await expect(exportFolder(dir, { outPath })).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('blk.1.ffn_down.weight') as string,
    })
    expect(readdirSync(dirname(outPath))).toEqual([])
  })

  it('leaves nothing behind where the export is given up', async () => {
    const dir = await writeTinyModel(tempFolder())
    const from = await openModelFolder(dir)
    const outPath = join(tempFolder(), 'model.gguf')
    const run = writeGguf({ from, read: (name) => from.weights.read(name), outPath, type: 'f16' })
    await run.next()
    expect(existsSync(`${outPath}.partial`)).toBe(true)
    await run.return(undefined as never)
    expect(readdirSync(dirname(outPath))).toEqual([])
  })

  it('replaces a GGUF file, and nothing else', async () => {
    const dir = await writeTinyModel(tempFolder())
    const outPath = join(tempFolder(), 'model.gguf')
    const { written } = await exportFolder(dir, { outPath })
    expect((await exportFolder(dir, { outPath })).written.sha256).toBe(written.sha256)
    const notes = join(tempFolder(), 'notes.txt')
    writeFileSync(notes, 'mine')
    await expect(exportFolder(dir, { outPath: notes })).rejects.toMatchObject({ code: 'FILE_EXISTS' })
    expect(readFileSync(notes, 'utf8')).toBe('mine')
  })

  it('says which folder is not there', async () => {
    const dir = await writeTinyModel(tempFolder())
    const outPath = join(tempFolder(), 'nowhere', 'model.gguf')
    await expect(exportFolder(dir, { outPath })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it('refuses a weight of another size', async () => {
    const dir = await writeTinyModel(tempFolder())
    const from = await openModelFolder(dir)
    const request = {
      from,
      read: () => new Float32Array(3),
      outPath: join(tempFolder(), 'm.gguf'),
      type: 'f16',
    } as const
    await expect(runExport(request)).rejects.toMatchObject({ code: 'MODEL_BROKEN' })
  })

  it('refuses metadata that would stand for something of the model', async () => {
    const dir = await writeTinyModel(tempFolder())
    for (const key of ['general.architecture', 'tokenizer.ggml.model', 'Name'])
      await expect(exportFolder(dir, { metadata: { [key]: 'x' } })).rejects.toMatchObject({
        code: 'BAD_INPUT',
      })
  })

  it('refuses by name what llama.cpp cannot compute', async () => {
    const config = { ...tinyConfig, model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'], head_dim: 8 }
    const dir = await writeTinyModel(tempFolder(), { config })
    await expect(exportFolder(dir)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('heads × head size = hidden size') as string,
    })
  })
})
