import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { modelFile } from './model-file.ts'

/** The files of a model folder that turn text into tokens and back. */
const textFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
  'chat_template.jinja',
]

/** Copies those that are there as they are, each fsynced. */
export async function copyTextFiles(from: string, to: string): Promise<void> {
  const there = new Set(await readdir(from))
  for (const name of textFiles)
    if (there.has(name)) await writeDurable(join(to, name), await readFile(await modelFile(from, name)))
}

export async function writeDurable(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}
