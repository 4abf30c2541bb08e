import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { receiveUpload, safeName } from '../../../src/main/datasets/uploads.ts'
import { folderOfTest } from '../../temp-folder.ts'

function uploads(): string {
  const dir = folderOfTest('spin-uploads')
  return join(dir, 'uploads')
}

async function send(dir: string, name: string, text: string, pieces = 3): Promise<string | null> {
  const upload = randomUUID()
  const bytes = Buffer.from(text)
  const step = Math.max(1, Math.ceil(bytes.length / pieces))
  let path: string | null = null
  for (let offset = 0; path === null; offset += step) {
    const piece = bytes.subarray(offset, offset + step)
    const last = offset + piece.length === bytes.length
    ;({ path } = await receiveUpload(dir, {
      upload,
      name,
      totalBytes: bytes.length,
      offset,
      bytes: piece,
      last,
    }))
  }
  return path
}

test('pieces become one file under its own name', async () => {
  const dir = uploads()
  const path = await send(dir, 'rows.jsonl', '{"prompt":"a","response":"é"}\n')
  expect(path).toBe(join(dir, 'rows.jsonl'))
  expect(readFileSync(path!, 'utf8')).toBe('{"prompt":"a","response":"é"}\n')
  expect(readdirSync(dir)).toEqual(['rows.jsonl'])
})

test('the same content is kept once; other content of the same name gets a name of its own', async () => {
  const dir = uploads()
  const first = await send(dir, 'rows.csv', 'a,b\n')
  expect(await send(dir, 'rows.csv', 'a,b\n')).toBe(first)
  expect(await send(dir, 'rows.csv', 'c,d\n')).toBe(join(dir, 'rows-2.csv'))
  expect(readFileSync(first!, 'utf8')).toBe('a,b\n')
})

test('two files of one name that end at the same time are both kept', async () => {
  const dir = uploads()
  const paths = await Promise.all([send(dir, 'rows.csv', 'a,b\n'), send(dir, 'rows.csv', 'c,d\n')])
  expect(new Set(paths).size).toBe(2)
})

test('no name leaves the folder, hides, or loses the word that names the split', () => {
  for (const name of [
    '../../etc/passwd.csv',
    '/abs/x.csv',
    '..\\..\\x.csv',
    '.hidden.csv',
    'a\0b.csv',
    'CON.csv',
    '.csv.csv',
  ]) {
    const safe = safeName(name)
    expect(basename(safe)).toBe(safe)
    expect(dirname(join('/uploads', safe))).toBe('/uploads')
    expect(safe).toMatch(/^[^.].*\.csv$/)
  }
  expect(safeName('data/test/0000.parquet')).toBe('data-test-0000.parquet')
  expect(safeName('Fragen & Antworten, groß.JSONL')).toBe('Fragen-Antworten-groß.jsonl')
  expect(safeName(`${'long'.repeat(200)}.json`).length).toBeLessThan(130)
})

test('a piece out of turn, a missing piece and a wrong end are refused and leave nothing', async () => {
  const dir = uploads()
  const upload = randomUUID()
  const piece = { upload, name: 'rows.csv', totalBytes: 8, bytes: Buffer.from('abcd'), last: false }
  await receiveUpload(dir, { ...piece, offset: 0 })
  await expect(receiveUpload(dir, { ...piece, offset: 2 })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  await expect(receiveUpload(dir, { ...piece, offset: 4 })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  await expect(
    receiveUpload(dir, { ...piece, upload: randomUUID(), offset: 0, last: true }),
  ).rejects.toMatchObject({ code: 'BAD_INPUT' })
  expect(readdirSync(dir)).toEqual([])
})

test('a copy that is stopped leaves nothing', async () => {
  const dir = uploads()
  const piece = {
    upload: randomUUID(),
    name: 'a.csv',
    totalBytes: 8,
    offset: 0,
    bytes: Buffer.from('abcd'),
    last: false,
  }
  await expect(receiveUpload(dir, piece, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' })
  expect(readdirSync(dir)).toEqual([])
})

test('a kind of file without rows and a file beyond all disks are refused before a byte is written', async () => {
  const dir = uploads()
  const piece = { upload: randomUUID(), offset: 0, bytes: Buffer.from('x'), last: false }
  await expect(
    receiveUpload(dir, { ...piece, name: 'model.safetensors', totalBytes: 10 }),
  ).rejects.toMatchObject({ code: 'BAD_INPUT' })
  await expect(receiveUpload(dir, { ...piece, name: 'x.csv', totalBytes: 2 ** 50 })).rejects.toMatchObject({
    code: 'BAD_INPUT',
  })
})

test('parts that were given up are cleared after a day', async () => {
  const dir = uploads()
  await send(dir, 'a.csv', 'a')
  const old = join(dir, `${randomUUID()}.part`)
  const fresh = join(dir, `${randomUUID()}.part`)
  writeFileSync(old, 'x')
  writeFileSync(fresh, 'x')
  utimesSync(old, new Date(0), new Date(0))
  await send(dir, 'b.csv', 'b')
  expect(readdirSync(dir).toSorted()).toEqual([basename(fresh), 'a.csv', 'b.csv'].toSorted())
})
