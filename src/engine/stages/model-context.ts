import { availableParallelism } from 'node:os'
import type { AdapterSettings } from '../../contract/settings.ts'
import { holdWeights } from '../model/adapter/quantized-layers.ts'
import { LayeredModel } from '../model/layered-model.ts'
import { type ModelFolder, openModelFolder } from '../model/model-folder.ts'
import { loadChatTemplate } from '../text/chat-template.ts'
import { createRenderer, type Renderer } from '../text/renderer.ts'
import { loadTokenizer, type TextTokenizer } from '../text/tokenizer.ts'

/** Everything a stage needs of a model folder: its files, its text side, and the prompt format in use. */
export interface ModelContext {
  folder: ModelFolder
  tokenizer: TextTokenizer
  renderer: Renderer
}

export async function openModel(dir: string, format: 'chat' | 'official'): Promise<ModelContext> {
  const folder = await openModelFolder(dir)
  const tokenizer = await loadTokenizer(folder.textDir)
  const template = await loadChatTemplate(folder.textDir, tokenizer)
  return {
    folder,
    tokenizer,
    renderer: createRenderer({ tokenizer, template, format, eosIds: folder.eosIds }),
  }
}

/**
 * The weights in memory, run layer by layer: for scoring. With an adapter as it was trained: unmerged, on the base that it
 * was trained on, which `baseWeights` sets for a model without one.
 */
export function loadLayeredModel(
  folder: ModelFolder,
  baseWeights: AdapterSettings['baseWeights'] = folder.adapter?.baseWeights ?? 'f32',
): LayeredModel {
  const { config, adapter } = folder
  const { parameters, quantized } = holdWeights(folder, baseWeights)
  return new LayeredModel(config, parameters, engineThreads(config), { adapter, quantized })
}

/** Below this width a model's products are too small to share: measured, two threads at 128 are no faster than one. */
const sharedWorkWidth = 384

/** Compute threads of the CPU device for one model: what SPIN_STUDIO_THREADS says; else all cores, or one if it is narrow. */
export function engineThreads({ hidden }: { hidden: number }): number {
  const wanted = Number(process.env['SPIN_STUDIO_THREADS'])
  if (Number.isInteger(wanted) && wanted > 0) return wanted
  return hidden < sharedWorkWidth ? 1 : availableParallelism()
}
