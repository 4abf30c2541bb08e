import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readExportOptions } from '../../../src/main/terminal/export-command.ts'

const model = mkdtempSync(join(tmpdir(), 'export-'))
const basic = ['--model', model, '--output', join(model, 'out')]

test('defaults: a Hugging Face folder of the same dtype, in files of 5 GB, with the source’s card', () => {
  expect(readExportOptions(basic)).toEqual({
    modelDir: model,
    outPath: join(model, 'out'),
    format: 'huggingface',
    dtype: null,
    maxShardBytes: 5e9,
    lineage: null,
  })
})

test('sizes and dtypes are written as in transformers', () => {
  const sizes = { '500MB': 5e8, '1.5GB': 1.5e9, '2GiB': 2 ** 31, '10 kb': 10_000, '4096': 4096 }
  for (const [size, bytes] of Object.entries(sizes))
    expect(readExportOptions([...basic, '--max-shard-size', size]).maxShardBytes).toBe(bytes)
  expect(readExportOptions([...basic, '--dtype', 'bfloat16']).dtype).toBe('BF16')
})

test('what does not fit is said by name', () => {
  const refused: [string[], string][] = [
    [['--max_shard_size', '5 parsecs'], 'such as 5GB'],
    [['--max_shard_size', '0'], 'such as 5GB'],
    [['--format', 'gguf-f16'], 'ends in .gguf'],
    [['--format', 'gguf-f16', '--dtype', 'float32'], '--dtype belongs to --format huggingface'],
    [['--format', 'onnx'], 'expected one of huggingface, gguf-f16, gguf-q8_0'],
  ]
  for (const [options, text] of refused) expect(() => readExportOptions([...basic, ...options])).toThrow(text)
})

test('a lineage is read from its file and checked', () => {
  const path = join(model, 'lineage.json')
  const lineage = {
    title: 'T',
    baseModel: { name: 'a/b', sha256: '00' },
    method: 'SPIN',
    datasets: [],
    iterations: [],
    settings: {},
    scores: [],
    versions: {},
  }
  writeFileSync(path, JSON.stringify(lineage))
  expect(readExportOptions([...basic, '--lineage', path]).lineage).toMatchObject(lineage)
  writeFileSync(path, JSON.stringify({ ...lineage, method: 3 }))
  expect(() => readExportOptions([...basic, '--lineage', path])).toThrow('"method"')
  writeFileSync(path, '{')
  expect(() => readExportOptions([...basic, '--lineage', path])).toThrow('is not JSON')
})
