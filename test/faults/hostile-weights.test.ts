import { readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeModel } from '../../src/engine/model/model-card.ts'
import { openModelFolder } from '../../src/engine/model/model-folder.ts'
import { writeTinyModel } from '../unit/model-folder/tiny-model.ts'
import {
  editHeader,
  errorOf,
  type Hostile,
  hostile,
  nested,
  norm,
  poke,
  refuses,
  weights,
} from './hostile-model.ts'

describe('weights', () => {
  refuses([
    ['an empty file', (dir) => truncateSync(weights(dir), 0), 'FILE_UNREADABLE', 'at least 8 bytes'],
    [
      'a file that ends in its header',
      (dir) => truncateSync(weights(dir), 100),
      'FILE_UNREADABLE',
      'its header claims',
    ],
    [
      'a file that ends in its tensors',
      (dir) => truncateSync(weights(dir), 9000),
      'FILE_UNREADABLE',
      'lies at bytes',
    ],
    [
      'a header length of 2^60',
      (dir) => {
        const length = Buffer.alloc(8)
        length.writeBigUInt64LE(2n ** 60n)
        writeFileSync(weights(dir), Buffer.concat([length, readFileSync(weights(dir)).subarray(8)]))
      },
      'FILE_UNREADABLE',
      '1152921504606846976 bytes, over the limit',
    ],
    [
      'a tensor named twice',
      (dir) =>
        editHeader(dir, (header, text) => `{"${norm}": ${JSON.stringify(header[norm])}, ${text.slice(1)}`),
      'FILE_UNREADABLE',
      `has the key "${norm}" twice`,
    ],
    [
      'a tensor named twice, once with an escape',
      (dir) =>
        editHeader(
          dir,
          (header, text) => `{"\\u006dodel.norm.weight": ${JSON.stringify(header[norm])}, ${text.slice(1)}`,
        ),
      'FILE_UNREADABLE',
      'twice',
    ],
    [
      'a header nested ten million deep',
      (dir) => editHeader(dir, () => `{"a": ${nested(1e7)}}`),
      'FILE_UNREADABLE',
      'nested more than 64 deep',
    ],
    [
      'a tensor whose name fills a screen',
      (dir) => editHeader(dir, (header) => void (header['x'.repeat(1e6)] = header[norm]!)),
      'FILE_UNREADABLE',
      'name has 1000000 characters',
    ],
    [
      'a tensor named __proto__',
      (dir) => editHeader(dir, (_, text) => text.replace(`"${norm}"`, '"__proto__"')),
      'MODEL_BROKEN',
      norm,
    ],
    [
      'overlapping tensors',
      (dir) =>
        editHeader(dir, (header) => {
          const { data_offsets: offsets } = header[norm]!
          header['model.other.weight'] = {
            dtype: 'F32',
            shape: [1],
            data_offsets: [offsets[0], offsets[0] + 4],
          }
        }),
      'FILE_UNREADABLE',
      'overlap',
    ],
    [
      'an offset beyond the file',
      (dir) => editHeader(dir, (header) => void (header[norm]!.data_offsets = [2 ** 52, 2 ** 52 + 64])),
      'FILE_UNREADABLE',
      `"${norm}" lies at`,
    ],
    [
      'an offset that wraps around 64 bits',
      (dir) =>
        editHeader(dir, (_, text) =>
          text.replace(/"data_offsets":\[0,/, '"data_offsets":[18446744073709551612,'),
        ),
      'FILE_UNREADABLE',
      'data_offsets',
    ],
    [
      'a hole',
      (dir) => editHeader(dir, (header) => void delete header[norm]),
      'FILE_UNREADABLE',
      'belong to no tensor',
    ],
    [
      'a shape whose product overflows',
      (dir) => editHeader(dir, (header) => void (header[norm]!.shape = [2 ** 40, 2 ** 40])),
      'FILE_UNREADABLE',
      `"${norm}"`,
    ],
    [
      'shapes of another model',
      (dir) =>
        editHeader(dir, (header) => void (header['model.layers.0.mlp.up_proj.weight']!.shape = [16, 24])),
      'MODEL_BROKEN',
      'is [16, 24]; config.json asks for [24, 16]',
    ],
    ...['F64', 'I8', 'F8_E4M3', 'U8'].map((dtype): Hostile => [
      `weights of ${dtype}`,
      (dir) => editHeader(dir, (header) => void (header[norm]!.dtype = dtype)),
      'MODEL_UNSUPPORTED',
      `stored as ${dtype}`,
    ]),
  ])

  it.each([
    ['F32', 'NaN', [0, 0, 0xc0, 0x7f]],
    ['F32', 'infinity', [0, 0, 0x80, 0xff]],
    ['F16', 'NaN', [1, 0x7c]],
    ['BF16', '−infinity', [0x80, 0xff]],
  ] as const)('%s weights with one %s are found where they are', async (dtype, _what, bytes) => {
    for (const [at, element] of [
      [0, 0],
      [-bytes.length, 15],
    ] as const) {
      const dir = await hostile((spoiled) => poke(spoiled, norm, at, [...bytes]), dtype)
      const error = await errorOf(describeModel(dir))
      expect(error).toMatchObject({ code: 'NOT_FINITE', data: { tensor: norm, element } })
      expect(error.message).toContain(`tensor "${norm}" holds NaN or infinity (number ${element})`)
      // Not only the first time: the file's hash is not remembered as good.
      expect((await errorOf(describeModel(dir))).code).toBe('NOT_FINITE')
    }
  })
})

describe('a file that changes while it is read', () => {
  it('is noticed when its tensors are read, whatever changed', async () => {
    const dir = await hostile(() => undefined)
    const { weights: open } = await openModelFolder(dir)
    utimesSync(weights(dir), new Date(1e12), new Date(1e12))
    expect(() => open.read(norm)).toThrow(expect.objectContaining({ code: 'MODEL_BROKEN' }))
    const { weights: again } = await openModelFolder(dir)
    truncateSync(weights(dir), 5000)
    expect(() => again.readSlice(norm, 0, 1)).toThrow(expect.objectContaining({ code: 'MODEL_BROKEN' }))
  })

  it('is noticed when it is hashed', async () => {
    const dir = await hostile(() => undefined)
    const folder = await openModelFolder(dir)
    const hashing = errorOf(folder.sha256())
    truncateSync(weights(dir), 5000) // the header has been read; not one of the numbers
    expect(await hashing).toMatchObject({ code: 'MODEL_BROKEN', data: { path: weights(dir) } })
    await writeTinyModel(dir, { dtype: 'BF16' })
    expect(await folder.sha256()).toMatch(/^[0-9a-f]{64}$/)
  })
})
