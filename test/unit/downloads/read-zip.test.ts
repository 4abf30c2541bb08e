import { createRequire } from 'node:module'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { openZip, type ZipLimits } from '../../../src/main/downloads/read-zip.ts'
import { folderOfTest } from '../../temp-folder.ts'

function folder(): string {
  const dir = folderOfTest('zip')
  return dir
}

interface Part {
  name: string
  content: Buffer
  /** What the archive says instead of the truth. */
  says?: Partial<{
    bytes: number
    packedBytes: number
    crc: number
    method: number
    flags: number
    offset: number
  }>
  localName?: string
}

/** A zip file as APPNOTE has it, with lies where a test wants them. */
function zipOf(parts: readonly Part[], { comment = '', count = parts.length } = {}): Buffer {
  const pieces: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, content, says = {}, localName = name } of parts) {
    const packed = deflateRawSync(content)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(Buffer.byteLength(localName), 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(says.flags ?? 0, 8)
    central.writeUInt16LE(says.method ?? 8, 10)
    central.writeUInt32LE(says.crc ?? crc32(content), 16)
    central.writeUInt32LE(says.packedBytes ?? packed.length, 20)
    central.writeUInt32LE(says.bytes ?? content.length, 24)
    central.writeUInt16LE(Buffer.byteLength(name), 28)
    central.writeUInt32LE(says.offset ?? at, 42)
    directory.push(central, Buffer.from(name))
    pieces.push(local, Buffer.from(localName), packed)
    at += 30 + Buffer.byteLength(localName) + packed.length
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(Buffer.byteLength(comment), 20)
  return Buffer.concat([...pieces, list, end, Buffer.from(comment)])
}

const text = (length: number): Buffer => Buffer.from('spin '.repeat(length).slice(0, length))

/** Opens the bytes as a file and takes out `name`; what it says when it does not. */
async function unpacked(bytes: Buffer, name: string, limits: Partial<ZipLimits> = {}): Promise<Buffer> {
  const dir = folder()
  writeFileSync(join(dir, 'a.zip'), bytes)
  const zip = await openZip(join(dir, 'a.zip'), limits)
  try {
    await zip.unpack(name, join(dir, 'out'))
  } finally {
    await zip.close()
  }
  return readFileSync(join(dir, 'out'))
}

it('takes files out of an archive that another program made, stored and deflated', async () => {
  const require = createRequire(createRequire(import.meta.url).resolve('onnxruntime-node'))
  const AdmZip = require('adm-zip') as new () => {
    addFile(name: string, content: Buffer): void
    toBuffer(): Buffer
  }
  const zip = new AdmZip()
  const large = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * i) % 253))
  zip.addFile('runtimes/a.so', large)
  zip.addFile('empty', Buffer.alloc(0)) // stored
  zip.addFile('grüße.txt', text(70))
  const bytes = zip.toBuffer()
  expect((await unpacked(bytes, 'runtimes/a.so')).equals(large)).toBe(true)
  expect(await unpacked(bytes, 'empty')).toHaveLength(0)
  expect((await unpacked(bytes, 'grüße.txt')).equals(text(70))).toBe(true)
})

it('finds the end record behind a comment, one that looks like a record too', async () => {
  const comment = `PK\u0005\u0006${'x'.repeat(40)}`
  expect(await unpacked(zipOf([{ name: 'a', content: text(9) }], { comment }), 'a')).toEqual(text(9))
})

it('never takes a name of the archive for a path', async () => {
  const bytes = zipOf([
    { name: '../../outside.txt', content: text(5) },
    { name: '/etc/passwd', content: text(6) },
    { name: 'C:\\windows\\x.dll', content: text(7) },
    { name: 'good.so', content: text(8) },
  ])
  const dir = folder()
  writeFileSync(join(dir, 'a.zip'), bytes)
  const zip = await openZip(join(dir, 'a.zip'))
  await zip.unpack('../../outside.txt', join(dir, 'mine'))
  await zip.close()
  expect(readFileSync(join(dir, 'mine'))).toEqual(text(5))
  expect(existsSync(join(dir, '..', '..', 'outside.txt'))).toBe(false)
  await expect(unpacked(bytes, 'outside.txt')).rejects.toThrow(/it holds no outside\.txt/)
})

const one = (says: Part['says'], more: Partial<Part> = {}): Buffer =>
  zipOf([{ name: 'a', content: text(1000), ...(says && { says }), ...more }])

it.each([
  ['unpacks to more than it says', one({ bytes: 10 }), /unpacks to more than its 10 bytes/],
  ['unpacks to less', one({ bytes: 2000 }), /unpacks to 1000 bytes instead of 2000/],
  ['is of another checksum', one({ crc: 7 }), /the checksum of a is another/],
  ['is larger than is allowed', one({ bytes: 3e9 }), /3000000000 bytes, more than 2000000000/],
  ['lies behind the archive', one({ packedBytes: 1e9 }), /a in it lies outside the file/],
  ['begins outside', one({ offset: 4e9 }), /a in it lies outside the file/],
  ['begins at no header', one({ offset: 1 }), /the header of a is damaged/],
  ['has another name at its place', one({}, { localName: 'b' }), /a has another name at its place/],
  ['is encrypted', one({ flags: 1 }), /a in it is encrypted/],
  ['is packed by bzip2', one({ method: 12 }), /packed in a way that is not read here/],
  ['is called stored and has two sizes', one({ method: 0 }), /a in it has two sizes/],
])('refuses a file that %s', async (_name, bytes, message) => {
  await expect(unpacked(bytes, 'a', { mostBytes: 2e9 })).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: expect.stringMatching(message),
  })
})

it('a bomb is stopped at the size that it says, whatever is packed', async () => {
  const bomb = zipOf([{ name: 'a', content: Buffer.alloc(50_000_000), says: { bytes: 1_000_000 } }])
  expect(bomb.length).toBeLessThan(100_000)
  await expect(unpacked(bomb, 'a')).rejects.toThrow(/unpacks to more than its 1000000 bytes/)
})

it.each([
  ['nothing', Buffer.alloc(0), /no end record/],
  ['a web page', Buffer.from('<html>not found</html>'), /no end record/],
  ['too many files', zipOf([{ name: 'a', content: text(1) }], { count: 20_000 }), /more than 10000/],
  ['zip64', zipOf([{ name: 'a', content: text(1) }], { count: 0xffff }), /zip64/],
  [
    'one name twice',
    zipOf([
      { name: 'a', content: text(1) },
      { name: 'a', content: text(2) },
    ]),
    /two files are called "a"/,
  ],
])('refuses %s', async (_name, bytes, message) => {
  await expect(unpacked(bytes, 'a')).rejects.toThrow(message)
})

it('cut off at any byte it is refused, never half taken', async () => {
  const whole = zipOf([{ name: 'a', content: text(300) }])
  for (let length = 0; length < whole.length; length += 7)
    await expect(unpacked(whole.subarray(0, length), 'a'), `cut at ${length}`).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
    })
})

it('changed at any byte it gives the right file or an error', async () => {
  const content = text(120)
  const whole = zipOf([{ name: 'a', content }])
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole)
    changed[at]! ^= 0x55
    const found = await unpacked(changed, 'a').catch((error: { code?: string }) => error.code)
    if (Buffer.isBuffer(found)) expect(found.equals(content)).toBe(true)
    else expect(found).toBe('FILE_UNREADABLE')
  }
})
