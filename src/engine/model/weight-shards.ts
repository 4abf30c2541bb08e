import { join } from 'node:path'
import { bytesPerElement, type LazyWeights, type WeightDtype } from './safetensors.ts'
import { type WriteStep, writingSafetensors } from './write-safetensors.ts'
import { sizeOf } from '../tensor/shape-rules.ts'
import { indexName, weightsName } from './weight-source.ts'
import { combinedSha256 } from './weights-sha256.ts'

/** "5GB": transformers' limit for one file until version 5. */
export const defaultShardBytes = 5_000_000_000

export interface WrittenWeights {
  /** As weightsSha256 gives it: of the file, or of all together. */
  sha256: string
  /** Of all files of weights, headers included. */
  bytes: number
  files: { name: string; bytes: number; sha256: string }[]
}

export interface Shard {
  name: string
  tensors: string[]
}

/**
 * Which tensors go into which file: filled in order up to the limit, a tensor above it gets a file of its own
 * (huggingface_hub, `split_state_dict_into_shards_factory`). One file is model.safetensors.
 */
export function planShards(
  tensors: LazyWeights['tensors'],
  dtype: WeightDtype,
  maxShardBytes: number,
): Shard[] {
  const groups: string[][] = []
  let current: string[] = []
  let currentBytes = 0
  for (const [name, { shape }] of tensors) {
    const bytes = sizeOf(shape) * bytesPerElement[dtype]
    if (bytes > maxShardBytes) {
      groups.push([name])
      continue
    }
    if (currentBytes + bytes > maxShardBytes) {
      groups.push(current)
      current = []
      currentBytes = 0
    }
    current.push(name)
    currentBytes += bytes
  }
  if (current.length > 0) groups.push(current)
  const number = (n: number): string => String(n).padStart(5, '0')
  return groups.map((names, i) => ({
    name:
      groups.length === 1 ? weightsName : `model-${number(i + 1)}-of-${number(groups.length)}.safetensors`,
    tensors: names,
  }))
}

/** Bytes of all numbers, without headers. */
export function dataBytes(tensors: LazyWeights['tensors'], dtype: WeightDtype): number {
  let total = 0
  for (const { shape } of tensors.values()) total += sizeOf(shape) * bytesPerElement[dtype]
  return total
}

/**
 * Writes the shards into a folder, one tensor in memory at a time, and yields how far it is. The index of several is
 * returned, not written. Throws NOT_FINITE.
 */
export async function* writingShards(
  dir: string,
  weights: LazyWeights,
  dtype: WeightDtype,
  maxShardBytes: number,
): AsyncGenerator<WriteStep, WrittenWeights & { index: { name: string; text: string } | null }> {
  const shards = planShards(weights.tensors, dtype, maxShardBytes)
  const totalBytes = dataBytes(weights.tensors, dtype)
  const files: WrittenWeights['files'] = []
  let before = 0
  for (const { name, tensors } of shards) {
    const part: LazyWeights = {
      tensors: new Map(tensors.map((tensor) => [tensor, weights.tensors.get(tensor)!])),
      read: (tensor) => weights.read(tensor),
    }
    const writing = writingSafetensors(join(dir, name), part, dtype)
    let step = await writing.next()
    for (; !step.done; step = await writing.next())
      yield { bytes: Math.min(totalBytes, before + step.value.bytes), totalBytes }
    files.push({ name, ...step.value })
    before += dataBytes(part.tensors, dtype)
  }
  return {
    sha256: combinedSha256(files),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    files,
    index: shards.length === 1 ? null : { name: indexName, text: indexText(shards, weights, dtype) },
  }
}

function indexText(shards: readonly Shard[], { tensors }: LazyWeights, dtype: WeightDtype): string {
  const places = shards.flatMap(({ name, tensors: own }) =>
    own.map((tensor): [string, string] => [tensor, name]),
  )
  const index = {
    metadata: {
      total_parameters: [...tensors.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      total_size: dataBytes(tensors, dtype),
    },
    weight_map: Object.fromEntries(places.toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
  return `${JSON.stringify(index, null, 2)}\n`
}
