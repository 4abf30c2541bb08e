import { availableParallelism } from 'node:os'
import { LayeredModel } from '../model/layered-model.ts'
import { type ModelFolder, openModelFolder } from '../model/model-folder.ts'
import { modelWeights } from '../model/weight-names.ts'
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
  const tokenizer = await loadTokenizer(folder.dir)
  const template = await loadChatTemplate(folder.dir, tokenizer)
  return {
    folder,
    tokenizer,
    renderer: createRenderer({ tokenizer, template, format, eosIds: folder.eosIds }),
  }
}

/** The weights in memory as float32, run layer by layer: for scoring and training. */
export function loadLayeredModel({ config, weights }: ModelFolder): LayeredModel {
  return new LayeredModel(
    config,
    new Map(modelWeights(config).map(({ name }) => [name, weights.read(name)])),
    engineThreads(config),
  )
}

/** Below this width a model's products are too small to share: measured, two threads at 128 are no faster than one. */
const sharedWorkWidth = 384

/** Compute threads of the CPU device for one model: what SPIN_STUDIO_THREADS says; else all cores, or one if it is narrow. */
export function engineThreads({ hidden }: { hidden: number }): number {
  const wanted = Number(process.env['SPIN_STUDIO_THREADS'])
  if (Number.isInteger(wanted) && wanted > 0) return wanted
  return hidden < sharedWorkWidth ? 1 : availableParallelism()
}
