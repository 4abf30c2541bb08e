/**
 * Key-value pairs of a GGUF file, by full key ("llama.block_count"). Format: ggml/docs/gguf.md of llama.cpp, version 3,
 * little-endian.
 */
export type MetadataValue =
  | { type: 'uint32' | 'float32'; value: number }
  | { type: 'bool'; value: boolean }
  | { type: 'string'; value: string }
  | { type: 'strings'; value: readonly string[] }
  | { type: 'int32s' | 'float32s'; value: ArrayLike<number> }
  | { type: 'bools'; value: readonly boolean[] }
export type Metadata = Map<string, MetadataValue>

export const uint32 = (value: number): MetadataValue => ({ type: 'uint32', value })
export const float32 = (value: number): MetadataValue => ({ type: 'float32', value })
export const bool = (value: boolean): MetadataValue => ({ type: 'bool', value })
export const text = (value: string): MetadataValue => ({ type: 'string', value })
export const texts = (value: readonly string[]): MetadataValue => ({ type: 'strings', value })
export const int32s = (value: ArrayLike<number>): MetadataValue => ({ type: 'int32s', value })
export const float32s = (value: ArrayLike<number>): MetadataValue => ({ type: 'float32s', value })
export const bools = (value: readonly boolean[]): MetadataValue => ({ type: 'bools', value })

/** `gguf_type` of ggml/include/gguf.h. */
const typeIds = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 }
const utf8 = new TextEncoder()

/** Little-endian bytes that grow. */
export class ByteSink {
  private bytes = new Uint8Array(2 ** 16)
  private view = new DataView(this.bytes.buffer)
  length = 0

  private room(count: number): number {
    const start = this.length
    this.length += count
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, this.bytes.length * 2))
      larger.set(this.bytes)
      this.bytes = larger
      this.view = new DataView(larger.buffer)
    }
    return start
  }

  uint8(value: number): void {
    const at = this.room(1)
    this.view.setUint8(at, value)
  }

  uint32(value: number): void {
    const at = this.room(4)
    this.view.setUint32(at, value, true)
  }

  int32(value: number): void {
    const at = this.room(4)
    this.view.setInt32(at, value, true)
  }

  float32(value: number): void {
    const at = this.room(4)
    this.view.setFloat32(at, value, true)
  }

  uint64(value: number): void {
    const at = this.room(8)
    this.view.setBigUint64(at, BigInt(value), true)
  }

  string(value: string): void {
    const encoded = utf8.encode(value)
    this.uint64(encoded.length)
    const at = this.room(encoded.length)
    this.bytes.set(encoded, at)
  }

  zeros(count: number): void {
    const at = this.room(count)
    this.bytes.fill(0, at, at + count)
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length)
  }
}

export function writeMetadata(sink: ByteSink, metadata: Metadata): void {
  for (const [key, entry] of metadata) {
    sink.string(key)
    writeValue(sink, entry)
  }
}

function writeValue(sink: ByteSink, entry: MetadataValue): void {
  switch (entry.type) {
    case 'uint32':
      sink.uint32(typeIds.uint32)
      return sink.uint32(entry.value)
    case 'float32':
      sink.uint32(typeIds.float32)
      return sink.float32(entry.value)
    case 'bool':
      sink.uint32(typeIds.bool)
      return sink.uint8(entry.value ? 1 : 0)
    case 'string':
      sink.uint32(typeIds.string)
      return sink.string(entry.value)
    case 'strings':
      return writeArray(sink, typeIds.string, entry.value, (item) => sink.string(item))
    case 'int32s':
      return writeArray(sink, typeIds.int32, Array.from(entry.value), (item) => sink.int32(item))
    case 'float32s':
      return writeArray(sink, typeIds.float32, Array.from(entry.value), (item) => sink.float32(item))
    case 'bools':
      return writeArray(sink, typeIds.bool, entry.value, (item) => sink.uint8(item ? 1 : 0))
  }
}

function writeArray<T>(sink: ByteSink, type: number, items: readonly T[], write: (item: T) => void): void {
  sink.uint32(typeIds.array)
  sink.uint32(type)
  sink.uint64(items.length)
  for (const item of items) write(item)
}
