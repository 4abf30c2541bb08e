import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSafetensors, type Weight } from '../../../src/engine/model/safetensors.ts'
import { writeSafetensors } from '../../../src/engine/model/write-safetensors.ts'
import { tempFolder } from './tiny-model.ts'

const tensor = (shape: number[], values: number[]): Weight => ({ shape, data: Float32Array.from(values) })

/** A file of any header, however wrong. */
function handMade(header: object | string, dataBytes: number, headerLength?: bigint): string {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(headerLength ?? BigInt(text.length))
  const path = join(tempFolder(), 'model.safetensors')
  writeFileSync(path, Buffer.concat([length, text, Buffer.alloc(dataBytes)]))
  return path
}

const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
})

test('what was written is read back, at offsets that point into the file', async () => {
  const path = join(tempFolder(), 'model.safetensors')
  const values = [1.5, -2, 3e-41, 65504, 0, -0]
  const { sha256, bytes } = await writeSafetensors(
    path,
    new Map([
      ['b', tensor([2, 3], values)],
      ['a', tensor([1], [7])],
    ]),
    'F32',
  )
  const file = openSafetensors(path)
  expect([...file.tensors.keys()]).toEqual(['a', 'b'])
  expect(file.metadata).toEqual({ format: 'pt' })
  expect([...file.read('b')]).toEqual([...Float32Array.from(values)])
  const raw = readFileSync(path)
  const { begin, end } = file.tensors.get('b')!
  expect(raw.readFloatLE(begin)).toBe(1.5)
  expect([end, begin % 4]).toEqual([raw.length, 0])
  expect([bytes, sha256]).toEqual([raw.length, createHash('sha256').update(raw).digest('hex')])
  expect(existsSync(`${path}.partial`)).toBe(false)
})

test('the same tensors in another order give the same bytes', async () => {
  const dir = tempFolder()
  const a: [string, Weight] = ['a', tensor([2], [1, 2])]
  const b: [string, Weight] = ['b', tensor([1], [3])]
  const one = await writeSafetensors(join(dir, '1'), new Map([a, b]), 'BF16')
  const two = await writeSafetensors(join(dir, '2'), new Map([b, a]), 'BF16')
  expect(one.sha256).toBe(two.sha256)
})

test('BF16 rounds to nearest, ties to even', async () => {
  const path = join(tempFolder(), 'w')
  // Between 1 and the next bfloat16, 1 + 2⁻⁷: a tie falls to the even 1, a hair more rises; the next tie rises to even.
  const values = [1 + 2 ** -8, 1 + 2 ** -8 + 2 ** -20, 1 + 3 * 2 ** -8, -(1 + 2 ** -8), 2 ** -133]
  await writeSafetensors(path, new Map([['w', tensor([5], values)]]), 'BF16')
  expect([...openSafetensors(path).read('w')]).toEqual([1, 1 + 2 ** -7, 1 + 2 ** -6, -1, 2 ** -133])
})

test('F16 rounds to nearest even, subnormals and the step into them included', async () => {
  const path = join(tempFolder(), 'w')
  const cases: [number, number][] = [
    [1 + 2 ** -11, 1], // tie to even
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [65504, 65504],
    [65519, 65504],
    [2 ** -24, 2 ** -24], // the smallest subnormal
    [2 ** -25, 0], // a tie between 0 and it
    [2 ** -25 * 1.001, 2 ** -24],
    [-(2 ** -25) * 1.001, -(2 ** -24)],
    [2 ** -14 - 2 ** -26, 2 ** -14], // rounds up out of the subnormals
    [2 ** -14 - 2 ** -24, 2 ** -14 - 2 ** -24],
    [1e-30, 0],
    [-3.140625, -3.140625],
  ]
  await writeSafetensors(
    path,
    new Map([
      [
        'w',
        tensor(
          [cases.length],
          cases.map(([value]) => value),
        ),
      ],
    ]),
    'F16',
  )
  expect([...openSafetensors(path).read('w')]).toEqual(cases.map(([, rounded]) => rounded))
})

test('every F16 bit pattern but NaN survives reading and writing', async () => {
  const path = handMade({ w: entry('F16', [63488], 0, 126976) }, 126976)
  const raw = readFileSync(path)
  const dataStart = raw.length - 126976
  let at = dataStart
  for (let half = 0; half < 65536; half++) if ((half & 0x7c00) !== 0x7c00) at = raw.writeUInt16LE(half, at)
  writeFileSync(path, raw)
  const again = join(tempFolder(), 'again')
  await writeSafetensors(
    again,
    new Map([['w', { shape: [63488], data: openSafetensors(path).read('w') }]]),
    'F16',
  )
  expect(readFileSync(again).subarray(-126976).equals(raw.subarray(dataStart))).toBe(true)
})

test('a tensor larger than one chunk is whole', async () => {
  const path = join(tempFolder(), 'w')
  const data = Float32Array.from({ length: 2 ** 20 + 5 }, (_, i) => i % 251)
  await writeSafetensors(path, new Map([['w', { shape: [data.length], data }]]), 'F16')
  expect(Buffer.from(openSafetensors(path).read('w').buffer).equals(Buffer.from(data.buffer))).toBe(true)
})

test('weights that are not finite, or do not fit, are not written', async () => {
  const path = join(tempFolder(), 'w')
  await writeSafetensors(path, new Map([['w', tensor([1], [1])]]), 'F32')
  const before = readFileSync(path)
  for (const [value, dtype] of [
    [NaN, 'F32'],
    [Infinity, 'BF16'],
    [65520, 'F16'],
    [3.4e38, 'BF16'],
  ] as const) {
    await expect(
      writeSafetensors(path, new Map([['bad', tensor([1], [value])]]), dtype),
    ).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('"bad"'),
    })
  }
  expect(readFileSync(path).equals(before)).toBe(true)
})

test('a file that is replaced while open is noticed', async () => {
  const path = join(tempFolder(), 'w')
  await writeSafetensors(path, new Map([['w', tensor([1], [1])]]), 'F32')
  const file = openSafetensors(path)
  await writeSafetensors(path, new Map([['w', tensor([2], [1, 2])]]), 'F32')
  expect(() => file.read('w')).toThrow(expect.objectContaining({ code: 'MODEL_BROKEN' }))
})

const hostile: [string, () => string, string, string][] = [
  ['an empty file', () => handMadeBytes(Buffer.alloc(0)), 'FILE_UNREADABLE', 'at least 8 bytes'],
  [
    'a header length of 2^60',
    () => handMade('{}', 0, 2n ** 60n),
    'FILE_UNREADABLE',
    '1152921504606846976 bytes, over the limit',
  ],
  [
    'a header longer than the file',
    () => handMade('{}', 0, 5000n),
    'FILE_UNREADABLE',
    '5000 bytes; only 2 follow',
  ],
  ['a header that is not JSON', () => handMade('{"a":', 0), 'FILE_UNREADABLE', 'not JSON'],
  ['a header that is a list', () => handMade('[]', 0), 'FILE_UNREADABLE', 'an object of tensors'],
  [
    'a Git LFS pointer',
    () => handMadeBytes(Buffer.from('version https://git-lfs.github.com/spec/v1\n')),
    'FILE_UNREADABLE',
    'Git LFS',
  ],
  [
    'truncated data',
    () => handMade({ a: entry('F32', [4], 0, 16) }, 10),
    'FILE_UNREADABLE',
    '"a" lies at bytes 0–16',
  ],
  [
    'an offset far out',
    () => handMade({ a: entry('F32', [1], 2 ** 50, 2 ** 50 + 4) }, 4),
    'FILE_UNREADABLE',
    '"a" lies at',
  ],
  ['a negative offset', () => handMade({ a: entry('F32', [1], -4, 0) }, 4), 'FILE_UNREADABLE', '"a"'],
  ['an end before its begin', () => handMade({ a: entry('F32', [1], 4, 0) }, 4), 'FILE_UNREADABLE', '"a"'],
  [
    'overlapping tensors',
    () => handMade({ a: entry('F32', [2], 0, 8), b: entry('F32', [2], 4, 12) }, 12),
    'FILE_UNREADABLE',
    '"a" and "b" overlap',
  ],
  [
    'a hole',
    () => handMade({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }, 12),
    'FILE_UNREADABLE',
    'before tensor "b"',
  ],
  [
    'bytes after the last tensor',
    () => handMade({ a: entry('F32', [1], 0, 4) }, 9),
    'FILE_UNREADABLE',
    'last 5 bytes',
  ],
  [
    'a shape that does not fit its bytes',
    () => handMade({ a: entry('F32', [3], 0, 8) }, 8),
    'FILE_UNREADABLE',
    'takes 12 bytes; it has 8',
  ],
  [
    'a shape that overflows',
    () => handMade({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 8) }, 8),
    'FILE_UNREADABLE',
    '"a"',
  ],
  [
    'a quantized tensor',
    () => handMade({ a: entry('I8', [8], 0, 8) }, 8),
    'MODEL_UNSUPPORTED',
    'stored as I8',
  ],
  ['no file', () => join(tempFolder(), 'none'), 'FILE_NOT_FOUND', 'found none'],
]
function handMadeBytes(bytes: Buffer): string {
  const path = join(tempFolder(), 'model.safetensors')
  writeFileSync(path, bytes)
  return path
}
for (const [what, make, code, text] of hostile) {
  test(`${what} is one clear error`, () => {
    const path = make()
    expect(() => openSafetensors(path)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(text),
        data: expect.objectContaining({ path }),
      }),
    )
  })
}
