import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { firstNotFinite } from '../tensor/half-floats.ts'
import { bytesPerElement, expectSameFile, openSafetensors } from './safetensors.ts'
import { inFileOrder } from './safetensors-header.ts'
import { type NamedWeightFile, weightFilesOf } from './weight-source.ts'

/**
 * Of one file: its sha256, hex, as sha256sum gives it. Of several: the sha256 of the lines `<name> <sha256>\n` in the
 * order of their names. Every number is looked at on the way, once per version of a file: throws NOT_FINITE, naming the
 * tensor, for NaN or infinity.
 */
export async function weightFilesSha256(files: readonly NamedWeightFile[]): Promise<string> {
  const hashed: { name: string; sha256: string }[] = []
  for (const { name, path } of files) hashed.push({ name, sha256: await fileSha256(path) })
  return combinedSha256(hashed)
}

export function combinedSha256(files: readonly { name: string; sha256: string }[]): string {
  if (files.length === 1) return files[0]!.sha256
  const hash = createHash('sha256')
  for (const { name, sha256 } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    hash.update(`${name} ${sha256}\n`)
  return hash.digest('hex')
}

/** Of the weights that a folder holds now. Throws FILE_NOT_FOUND where it holds none, and what reading them throws. */
export async function weightsSha256(dir: string): Promise<string> {
  const root = resolve(dir)
  const names = await readdir(root).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    throw new AppError(
      'FILE_NOT_FOUND',
      `expected a model folder at ${root}; found none.`,
      { dir: root },
      { cause },
    )
  })
  return weightFilesSha256(await weightFilesOf(root, new Set(names)))
}

const known = new Map<string, { version: string; sha256: string }>()
const chunkBytes = 2 ** 22

async function fileSha256(path: string): Promise<string> {
  const { tensors, dataStart, stats } = openSafetensors(path)
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    expectSameFile(path, stats, await file.stat())
    const version = `${stats.size}:${stats.mtimeMs}:${stats.ino}`
    const before = known.get(path)
    if (before?.version === version) return before.sha256
    const hash = createHash('sha256')
    const chunk = new Uint8Array(chunkBytes)
    for (let at = 0; at < dataStart; at += chunkBytes)
      hash.update(await readExactly(file, path, chunk.subarray(0, Math.min(chunkBytes, dataStart - at)), at))
    for (const [tensor, { dtype, begin, end }] of inFileOrder(tensors)) {
      for (let at = begin; at < end; at += chunkBytes) {
        const bytes = await readExactly(file, path, chunk.subarray(0, Math.min(chunkBytes, end - at)), at)
        hash.update(bytes)
        const bad = firstNotFinite(bytes, dtype)
        if (bad >= 0) {
          const element = (at - begin) / bytesPerElement[dtype] + bad
          throw new AppError(
            'NOT_FINITE',
            `${path}: tensor "${tensor}" holds NaN or infinity (number ${element}). Expected finite weights; ` +
              'choose an earlier checkpoint, or download it again.',
            { path, tensor, element },
          )
        }
      }
    }
    expectSameFile(path, stats, await file.stat())
    const sha256 = hash.digest('hex')
    known.set(path, { version, sha256 })
    return sha256
  } finally {
    await file.close()
  }
}

async function readExactly(
  file: FileHandle,
  path: string,
  into: Uint8Array,
  position: number,
): Promise<Uint8Array> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done)
    if (bytesRead === 0) {
      throw new AppError(
        'MODEL_BROKEN',
        `${path} became shorter while it was being read. Open the model again.`,
        { path },
      )
    }
    done += bytesRead
  }
  return into
}
