import { readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { modelLicense } from '../../../src/engine/model/model-license.ts'
import { folderOfTest } from '../../temp-folder.ts'

function folder(files: Record<string, string>): string {
  const dir = folderOfTest('spin-licence')
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}
const licenceOf = (dir: string) => modelLicense(dir, new Set(readdirSync(dir)))

test.each([
  ['its card', { 'README.md': '---\nlicense: apache-2.0\n---\n# M', LICENSE: 'MIT License' }, 'apache-2.0'],
  [
    'the name of another licence in its card',
    { 'README.md': '---\nlicense: other\nlicense_name: house-terms\n---\n' },
    'house-terms',
  ],
  ['several in its card', { 'README.md': '---\nlicense: [mit, cc-by-4.0]\n---\n' }, 'mit, cc-by-4.0'],
  [
    'the head of its licence file',
    { 'README.md': '# no front matter', LICENSE: '\n   Apache License\n   Version 2.0, January 2004\n' },
    'apache-2.0',
  ],
  ['a licence file of other words', { 'LICENSE.txt': 'Do as you please.' }, 'see LICENSE.txt'],
  ['its config', { 'config.json': '{"license": "gemma"}' }, 'gemma'],
  ['nothing', { 'config.json': '{}', 'README.md': '---\nlicense: ""\n---\n' }, null],
  ['a card that is no YAML', { 'README.md': '---\nlicense: [\n---\n', 'config.json': '{}' }, null],
])('a folder names its licence by %s', async (_what, files, licence) => {
  expect(await licenceOf(folder(files))).toBe(licence)
})

test('a licence file that leads out of the folder is not read', async () => {
  const outside = folder({ secret: 'MIT License' })
  const dir = folder({ 'config.json': '{}' })
  symlinkSync(join(outside, 'secret'), join(dir, 'LICENSE'))
  expect(await licenceOf(dir)).toBeNull()
})

test('of a card of any length only its head is read', async () => {
  const dir = folder({ 'README.md': `---\nlicense: mit\n---\n${'x'.repeat(5_000_000)}` })
  expect(await licenceOf(dir)).toBe('mit')
})
