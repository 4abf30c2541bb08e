import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { askCards, parseCards, parseLoad, watchLoads } from '../../../src/main/machine/nvidia-smi.ts'
import { folderOfTest } from '../../temp-folder.ts'

const mebibyte = 1024 * 1024

/** A program in nvidia-smi's place that prints this and ends with this code. */
function tool(body: string): string {
  const dir = folderOfTest('smi')
  const path = join(dir, 'nvidia-smi')
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
  return path
}

describe('parseCards', () => {
  it('reads one line a card', () => {
    const found = parseCards(
      'NVIDIA GeForce RTX 4090, 24564 MiB, 570.86.16, 8.9\nNVIDIA H200, 143771 MiB, 570.86.16, 9.0\n',
    )
    expect(found).toEqual([
      {
        name: 'NVIDIA GeForce RTX 4090',
        memoryBytes: 24564 * mebibyte,
        driver: '570.86.16',
        computeCapability: '8.9',
      },
      { name: 'NVIDIA H200', memoryBytes: 143771 * mebibyte, driver: '570.86.16', computeCapability: '9.0' },
    ])
  })
  it('keeps a card that does not say everything', () => {
    expect(parseCards('NVIDIA GB10, [N/A], 580.95.05, [Not Supported]')).toEqual([
      { name: 'NVIDIA GB10', memoryBytes: null, driver: '580.95.05', computeCapability: null },
    ])
  })
  it.each([
    '',
    'No devices were found\n',
    'NVIDIA-SMI has failed because it could not communicate, with the driver',
  ])('takes no message for a card: %j', (text) => expect(parseCards(text)).toEqual([]))
})

describe('parseLoad', () => {
  it('gives load as a share, memory in bytes and degrees', () => {
    expect(parseLoad('NVIDIA GeForce RTX 4090, 97 %, 18330 MiB, 24564 MiB, 71')).toEqual({
      name: 'NVIDIA GeForce RTX 4090',
      load: 0.97,
      usedBytes: 18330 * mebibyte,
      totalBytes: 24564 * mebibyte,
      temperatureCelsius: 71,
    })
  })
  it('says null for what the card does not tell', () => {
    expect(parseLoad('NVIDIA GB10, 3 %, [N/A], [N/A], 41')).toMatchObject({
      load: 0.03,
      usedBytes: null,
      totalBytes: null,
    })
    expect(parseLoad('Unable to determine the device handle')).toBeNull()
  })
})

describe.skipIf(process.platform === 'win32')('asking the tool', () => {
  it('returns the cards that it lists', async () => {
    const answer = await askCards(tool('echo "NVIDIA L4, 23034 MiB, 550.54.15, 8.9"'))
    expect(answer).toMatchObject({ kind: 'cards', cards: [{ name: 'NVIDIA L4' }] })
  })
  it('says that it is absent where there is none', async () => {
    expect(await askCards('/nowhere/nvidia-smi')).toEqual({ kind: 'absent' })
  })
  it('says what it said when it failed', async () => {
    const message = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."
    expect(await askCards(tool(`echo "${message}"; exit 9`))).toEqual({ kind: 'failed', message })
  })
  it('gives up on one that hangs', async () => {
    const answer = await askCards(tool('exec sleep 30'), 200)
    expect(answer).toEqual({ kind: 'failed', message: 'no answer within 0.2 s' })
  })
  it('keeps the last load of each card while it is watched', async () => {
    const watch = watchLoads(
      tool(
        'echo "1, NVIDIA B, 5 %, 1 MiB, 2 MiB, 30"; echo "0, NVIDIA A, 50 %, 1 MiB, 2 MiB, 40"; exec sleep 30',
      ),
    )
    onTestFinished(() => watch.end())
    await expect.poll(() => watch.loads().map(({ name }) => name)).toEqual(['NVIDIA A', 'NVIDIA B'])
  })
  it('has no loads where the tool is missing', async () => {
    const watch = watchLoads('/nowhere/nvidia-smi')
    onTestFinished(() => watch.end())
    expect(watch.loads()).toEqual([])
  })
})
