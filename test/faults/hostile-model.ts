import { closeSync, openSync, readFileSync, realpathSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { AppError, ErrorCode } from '../../src/contract/errors.ts'
import { describeModel } from '../../src/engine/model/model-card.ts'
import { openSafetensors } from '../../src/engine/model/safetensors.ts'
import { tempFolder, tinyConfig, writeTinyModel } from '../unit/model-folder/tiny-model.ts'

/** Model folders that lie, break or point elsewhere: each is one clear error, and the next model opens as before. */

export type Spoil = (dir: string) => unknown
export type Hostile = [what: string, spoil: Spoil, code: ErrorCode, text: string]

export const weights = (dir: string): string => join(dir, 'model.safetensors')
export const config = (dir: string): string => join(dir, 'config.json')

export async function hostile(spoil: Spoil, dtype: 'F32' | 'F16' | 'BF16' = 'F32'): Promise<string> {
  const dir = await writeTinyModel(realpathSync(tempFolder()), { dtype })
  await spoil(dir)
  return dir
}

export async function errorOf(work: Promise<unknown>): Promise<AppError> {
  return work.then(
    () => expect.fail('expected an error'),
    (error: AppError) => error,
  )
}

export function refuses(cases: readonly Hostile[]): void {
  it.each(cases)('%s', async (_what, spoil, code, text) => {
    const error = await errorOf(describeModel(await hostile(spoil)))
    expect(error.message).toContain(text)
    expect(error.code).toBe(code)
    expect(error.message.length).toBeLessThan(1000)
  })
}

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>

/** Rewrites the header's text; the tensors' bytes stay. */
export function editHeader(dir: string, edit: (header: Header, text: string) => string | void): void {
  const bytes = readFileSync(weights(dir))
  const length = Number(bytes.readBigUInt64LE(0))
  const text = bytes
    .subarray(8, 8 + length)
    .toString()
    .trimEnd()
  const header = JSON.parse(text) as Header
  const changed = Buffer.from(edit(header, text) ?? JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(changed.length))
  writeFileSync(weights(dir), Buffer.concat([prefix, changed, bytes.subarray(8 + length)]))
}

export function editConfig(dir: string, change: object): void {
  writeFileSync(config(dir), JSON.stringify({ ...tinyConfig, ...change }))
}

/** Writes bytes into a tensor, `at` bytes from its begin, or from its end where negative. */
export function poke(dir: string, tensor: string, at: number, bytes: number[]): void {
  const { begin, end } = openSafetensors(weights(dir)).tensors.get(tensor)!
  const file = openSync(weights(dir), 'r+')
  writeSync(file, Buffer.from(bytes), 0, bytes.length, at < 0 ? end + at : begin + at)
  closeSync(file)
}

export const norm = 'model.norm.weight'
export const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
