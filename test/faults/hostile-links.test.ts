import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeModel } from '../../src/engine/model/model-card.ts'
import { openModelFolder } from '../../src/engine/model/model-folder.ts'
import { tempFolder, writeTinyModel } from '../unit/model-folder/tiny-model.ts'
import { errorOf, type Hostile, hostile, refuses, type Spoil, weights } from './hostile-model.ts'

describe.skipIf(process.platform === 'win32')('links and things that are no files', () => {
  const outside = join(realpathSync(tempFolder()), 'secret.json')
  writeFileSync(outside, '{}')
  const link = (name: string, target: string): Spoil => {
    return (dir) => {
      rmSync(join(dir, name), { force: true })
      symlinkSync(target, join(dir, name))
    }
  }
  const pipe = (name: string): Spoil => {
    return (dir) => {
      rmSync(join(dir, name), { force: true })
      execFileSync('mkfifo', [join(dir, name)])
    }
  }
  refuses([
    [
      'weights that are a link to /etc/passwd',
      link('model.safetensors', '/etc/passwd'),
      'MODEL_BROKEN',
      'is a link to /etc/passwd, outside its model folder',
    ],
    ...[
      'config.json',
      'tokenizer.json',
      'generation_config.json',
      'chat_template.jinja',
      'tokenizer.model',
    ].map((name): Hostile => [
      `${name} that is a link elsewhere`,
      link(name, outside),
      'MODEL_BROKEN',
      `${name} is a link to ${outside}, outside`,
    ]),
    [
      'a link by way of the folder above',
      (dir) => {
        writeFileSync(join(dir, '..', 'above.json'), '{}')
        link('generation_config.json', '../above.json')(dir)
      },
      'MODEL_BROKEN',
      'outside its model folder',
    ],
    [
      'a link to nothing',
      link('tokenizer.json', 'blob'),
      'FILE_NOT_FOUND',
      'tokenizer.json is a link to nothing',
    ],
    [
      'a link to itself',
      link('model.safetensors', 'model.safetensors'),
      'FILE_NOT_FOUND',
      'is a link to nothing',
    ],
    [
      'weights that are a pipe nobody writes to',
      pipe('model.safetensors'),
      'FILE_UNREADABLE',
      'found a named pipe',
    ],
    ['a config that is a pipe', pipe('config.json'), 'FILE_UNREADABLE', 'found a named pipe'],
    ['a tokenizer that is a pipe', pipe('tokenizer.json'), 'FILE_UNREADABLE', 'found a named pipe'],
    [
      'a tokenizer that is an endless device',
      link('tokenizer.json', '/dev/zero'),
      'FILE_UNREADABLE',
      'found a device',
    ],
    [
      'weights that are a folder',
      (dir) => {
        rmSync(weights(dir))
        mkdirSync(weights(dir))
      },
      'FILE_UNREADABLE',
      'found a folder',
    ],
  ])

  it('open within the folder, and in a Hub cache from a snapshot into its own blobs', async () => {
    const dir = await hostile((own) => {
      mkdirSync(join(own, 'files'))
      renameSync(weights(own), join(own, 'files', 'w'))
      symlinkSync(join('files', 'w'), weights(own))
    })
    expect((await describeModel(dir)).layers).toBe(2)
    // The folder itself may be reached by a link: the person chose it.
    const way = join(tempFolder(), 'way')
    symlinkSync(dir, way)
    expect((await describeModel(way)).layers).toBe(2)
  })

  async function hubCache(): Promise<{ snapshot: string; repository: string; hub: string }> {
    const hub = realpathSync(tempFolder())
    const repository = join(hub, 'models--acme--tiny')
    const snapshot = join(repository, 'snapshots', 'f00d')
    mkdirSync(snapshot, { recursive: true })
    mkdirSync(join(repository, 'blobs'))
    await writeTinyModel(snapshot)
    for (const name of readdirSync(snapshot)) {
      renameSync(join(snapshot, name), join(repository, 'blobs', `hash-of-${name}`))
      symlinkSync(join('..', '..', 'blobs', `hash-of-${name}`), join(snapshot, name))
    }
    return { snapshot, repository, hub }
  }

  it('of a Hub cache may not leave its own repository', async () => {
    const { snapshot, repository, hub } = await hubCache()
    expect((await describeModel(snapshot)).layers).toBe(2)
    const other = join(hub, 'models--acme--other', 'blobs')
    mkdirSync(other, { recursive: true })
    const name = 'hash-of-model.safetensors'
    renameSync(join(repository, 'blobs', name), join(other, name))
    link('model.safetensors', join(other, name))(snapshot)
    expect(await errorOf(openModelFolder(snapshot))).toMatchObject({
      code: 'MODEL_BROKEN',
      data: { path: weights(snapshot), target: join(other, name) },
    })
    // A blob that is a link onwards is judged by where it really ends.
    link(name, join(other, name))(join(repository, 'blobs'))
    link('model.safetensors', join('..', '..', 'blobs', name))(snapshot)
    expect(await errorOf(openModelFolder(snapshot))).toMatchObject({ code: 'MODEL_BROKEN' })
  })

  it('into "blobs" beside a folder that is no snapshot are refused', async () => {
    const { repository } = await hubCache()
    renameSync(join(repository, 'snapshots'), join(repository, 'versions'))
    expect(await errorOf(openModelFolder(join(repository, 'versions', 'f00d')))).toMatchObject({
      code: 'MODEL_BROKEN',
    })
  })
})
