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
