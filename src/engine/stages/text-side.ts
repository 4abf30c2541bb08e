import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openModel, type ModelContext } from './model-context.ts'

export type TextSide = Pick<ModelContext, 'tokenizer' | 'renderer'>

const textFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
  'config.json',
  'generation_config.json',
  'adapter_config.json',
]

let last: { key: string; side: Promise<TextSide> } | null = null

/**
 * A model's tokenizer and template. The one used last stays open while its files are the same: going from row to row
 * must not read a tokenizer of megabytes each time. Throws what openModel throws.
 */
export async function openTextSide(dir: string, format: 'chat' | 'official'): Promise<TextSide> {
  const times = await Promise.all(
    textFiles.map((name) =>
      stat(join(dir, name)).then(
        ({ mtimeMs, size }) => [mtimeMs, size],
        () => null, // most models lack some of them; openModel says which one is needed
      ),
    ),
  )
  const key = JSON.stringify([dir, format, times])
  if (last?.key !== key) {
    const opened = {
      key,
      side: openModel(dir, format).then(({ tokenizer, renderer }) => ({ tokenizer, renderer })),
    }
    last = opened
    opened.side.catch(() => {
      if (last === opened) last = null
    })
  }
  return last.side
}
