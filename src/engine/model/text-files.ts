import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurable } from '../files/durable-file.ts'
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
