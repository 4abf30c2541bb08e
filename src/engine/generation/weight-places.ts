import { realpathSync } from 'node:fs'
import type { WeightSource } from '../model/safetensors.ts'
import { commonFolder } from '../model/weight-source.ts'
import type { Dtype } from '../tensor/dtype.ts'
import type { WeightPlace } from './decode-graph.ts'

const dtypes: Record<string, Dtype> = { F32: 'f32', F16: 'f16', BF16: 'bf16' }

/** The real folder: a Hub cache's snapshot is a folder of links into its blobs, and the session refuses links that leave it. */
export function weightPlaces({ tensors, paths }: WeightSource): { folder: string; place: WeightPlace } {
  const real = new Map(paths.map((path) => [path, realpathSync(path)]))
  const { folder, nameOf } = commonFolder([...real.values()])
  return {
    folder,
    place: (name) => {
      const { dtype, shape, begin, end, path } = tensors.get(name)!
      const file = nameOf(real.get(path)!)
      return { dtype: dtypes[dtype]!, shape, file, offset: begin, bytes: end - begin }
    },
  }
}
