import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FolderListing } from '../../../src/contract/app/host.ts'
import { listFolder } from '../../../src/main/host/list-folder.ts'
import { folderOfTest } from '../../temp-folder.ts'

function folder(): string {
  const dir = folderOfTest('list')
  return dir
}
const list = (path: string | null, hidden = false) => listFolder({ path, hidden }, '/nowhere/projects')
function put(path: string, text = ''): void {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
}

describe('listFolder', () => {
  it('lists folders first, then files with their sizes, each by name with numbers in order', async () => {
    const dir = folder()
    put(join(dir, 'rows10.jsonl'), 'x'.repeat(12))
    put(join(dir, 'rows9.jsonl'), 'x')
    mkdirSync(join(dir, 'zebra'))
    mkdirSync(join(dir, 'Apple'))
    const { entries, path, parent, leftOut } = FolderListing.parse(await list(dir))
    expect(entries.map(({ name, kind, bytes }) => [name, kind, bytes])).toEqual([
      ['Apple', 'folder', null],
      ['zebra', 'folder', null],
      ['rows9.jsonl', 'file', 1],
      ['rows10.jsonl', 'file', 12],
    ])
    expect({ path, parent, leftOut }).toEqual({ path: dir, parent: tmpdir(), leftOut: 0 })
  })

  it('marks folders that hold a model or an adapter, and the folder itself when it is one', async () => {
    const dir = folder()
    put(join(dir, 'whole', 'config.json'))
    put(join(dir, 'whole', 'model.safetensors'))
    put(join(dir, 'sharded', 'config.json'))
    put(join(dir, 'sharded', 'model.safetensors.index.json'))
    put(join(dir, 'adapter', 'adapter_config.json'))
    put(join(dir, 'adapter', 'adapter_model.safetensors'))
    put(join(dir, 'config-alone', 'config.json'))
    const { entries, isModel } = await list(dir)
    expect(entries.filter(({ kind }) => kind === 'model').map(({ name }) => name)).toEqual([
      'adapter',
      'sharded',
      'whole',
    ])
    expect(isModel).toBe(false)
    expect((await list(join(dir, 'whole'))).isModel).toBe(true)
  })

  it('hides names that begin with a dot, unless asked for', async () => {
    const dir = folder()
    mkdirSync(join(dir, '.cache'))
    expect((await list(dir)).entries).toEqual([])
    expect((await list(dir, true)).entries.map(({ name }) => name)).toEqual(['.cache'])
  })

  it('lists a link to nowhere as a file without figures', async () => {
    const dir = folder()
    symlinkSync(join(dir, 'gone'), join(dir, 'link'))
    expect((await list(dir)).entries).toMatchObject([{ name: 'link', kind: 'file', bytes: null }])
  })

  it('starts at home, and knows the way there from anywhere', async () => {
    const { path, places } = await list(null)
    expect(path).toBe(homedir())
    expect(places).toContainEqual({ label: 'Home', path: homedir() })
  })

  it('says how many entries it left out of a very full folder', async () => {
    const dir = folder()
    for (let n = 0; n < 1003; n++) writeFileSync(join(dir, `row${n}.json`), '')
    const { entries, leftOut } = await list(dir)
    expect([entries.length, leftOut]).toEqual([1000, 3])
  })

  it('refuses in words what cannot be listed', async () => {
    const dir = folder()
    put(join(dir, 'file.txt'))
    await expect(list(join(dir, 'gone'))).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('may have been moved'),
    })
    await expect(list(join(dir, 'file.txt'))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('is a file'),
    })
    await expect(list('relative/folder')).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })
})
