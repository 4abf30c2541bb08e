import type { HeldWeights } from '../../model/adapter/quantized-layers.ts'
import type { QuantizedMatrix } from '../../model/adapter/quantized-matrix.ts'
import type { WeightDtype, WeightSource } from '../../model/safetensors.ts'
import { commonFolder } from '../../model/weight-source.ts'
import * as t from '../../tensor/build.ts'
import type { Dtype, TensorData } from '../../tensor/dtype.ts'
import type { Graph, Shape, Value } from '../../tensor/graph.ts'

/**
 * A model's frozen weights as initializers of one session. Those of the files are read where they lie, in the type in which they
 * are stored. Where the matrices of the layers are quantized, all come from memory (a session takes either files or
 * memory), the others in float32.
 */
export class FrozenWeights {
  /** Folder that the files' names start from. */
  readonly folder: string
  /** What the session must be handed as files, by name. */
  readonly heldFiles: Readonly<Record<string, Uint8Array>>
  /** Some are turned into float32 where they are used, not once for all. */
  readonly isSmall: boolean
  private readonly files: Pick<WeightSource, 'tensors'>
  private readonly nameOf: (path: string) => string
  private readonly held: HeldWeights | null

  constructor(files: Pick<WeightSource, 'tensors' | 'paths'>, held: HeldWeights) {
    const { folder, nameOf } = commonFolder(files.paths)
    this.folder = folder
    this.nameOf = nameOf
    this.files = files
    this.held = held.quantized.size > 0 ? held : null
    this.heldFiles = this.held ? Object.fromEntries(filesOf(this.held)) : {}
    this.isSmall = this.held !== null || [...files.tensors.values()].some(({ dtype }) => dtype !== 'F32')
  }

  /** A weight as the session has it: no quantized one. */
  stored(graph: Graph, name: string): Value {
    const { dtype, shape, begin, end, path } = this.files.tensors.get(name)!
    if (this.held) return heldValue(graph, name, 'f32', shape, this.held.parameters.get(name)!)
    return graph.apply({
      kind: 'External',
      name,
      dtype: dtypes[dtype],
      shape,
      file: this.nameOf(path),
      offset: begin,
      bytes: end - begin,
    })
  }

  /**
   * A weight in float32. What has to be turned into it is turned after `after` has been computed: a use that begins later
   * makes numbers of its own, and those of an earlier one are not kept for it.
   */
  value(graph: Graph, name: string, after: readonly Value[]): Value {
    const matrix = this.held?.quantized.get(name)
    if (!matrix) {
      const stored = this.stored(graph, name)
      return stored.dtype === 'f32' ? stored : t.cast(t.fence(stored, after), 'f32')
    }
    const { bits, out, input, codes, scales } = matrix
    const shape = [out, codes.length / out]
    return graph.apply({ kind: 'Dequantize', bits, input }, [
      heldValue(graph, codesName(name), bits === 8 ? 'i8' : 'u8', shape, codes),
      t.fence(heldValue(graph, scalesName(name), 'f32', [out, scales.length / out], scales), after),
    ])
  }
}

const dtypes: Record<WeightDtype, Dtype> = { F32: 'f32', F16: 'f16', BF16: 'bf16' }
const codesName = (matrix: string): string => `${matrix} codes`
const scalesName = (matrix: string): string => `${matrix} scales`

/** Each tensor is a file of its own, of its name. */
function* filesOf({ parameters, quantized }: HeldWeights): Generator<[string, Uint8Array]> {
  for (const [name, data] of parameters) yield [name, bytesOf(data)]
  for (const [name, { codes, scales }] of quantized as ReadonlyMap<string, QuantizedMatrix>) {
    yield [codesName(name), bytesOf(codes)]
    yield [scalesName(name), bytesOf(scales)]
  }
}

const heldValue = (graph: Graph, name: string, dtype: Dtype, shape: Shape, data: TensorData): Value =>
  graph.apply({ kind: 'External', name, dtype, shape, file: name, offset: 0, bytes: data.byteLength })

const bytesOf = ({ buffer, byteOffset, byteLength }: TensorData): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
