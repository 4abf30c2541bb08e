import type { AdapterSettings } from '../../contract/settings.ts'
import { holdWeights } from './adapter/quantized-layers.ts'
import type { CompileProgram } from '../onnx/compiled-program.ts'
import { engineThreads } from './engine-threads.ts'
import { LayeredModel } from './layered-model.ts'
import type { ModelFolder } from './model-folder.ts'

export interface LoadOptions {
  baseWeights?: AdapterSettings['baseWeights'] | undefined
  /** What executes the programs; default: ONNX Runtime. */
  compile?: CompileProgram
  /** See LayeredOptions. */
  resident?: boolean
}

/**
 * The weights in memory, run layer by layer: for scoring. With an adapter as it was trained: unmerged, on the base that it
 * was trained on, which `baseWeights` sets for a model without one.
 */
export function loadLayeredModel(
  folder: ModelFolder,
  { baseWeights = folder.adapter?.baseWeights ?? 'f32', compile, resident = false }: LoadOptions = {},
): LayeredModel {
  const { config, adapter } = folder
  const { parameters, quantized } = holdWeights(folder, baseWeights)
  return new LayeredModel(config, parameters, engineThreads(config), {
    adapter,
    quantized,
    resident,
    ...(compile && { compile }),
  })
}
