import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { starterConfig, starterGenerationConfig } from './starter-model.ts'
import { tokenizerConfig, tokenizerJson } from './starter-tokenizer.ts'
import { writeDurably } from './write-durably.ts'

export const modelDir = join(dirname(fileURLToPath(import.meta.url)), '../../resources/starter/model')

/** The text of every file of the starter model but its weights, the same bytes every time. */
export function starterModelFiles(): Record<string, string> {
  const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`
  return {
    'config.json': json(starterConfig),
    'generation_config.json': json(starterGenerationConfig),
    'tokenizer.json': json(tokenizerJson()),
    'tokenizer_config.json': json(tokenizerConfig(starterConfig.max_position_embeddings)),
  }
}

/** Writes config, generation config and tokenizer; training adds model.safetensors. */
export function writeStarterModelFiles(dir: string): void {
  mkdirSync(dir, { recursive: true })
  for (const [name, text] of Object.entries(starterModelFiles())) writeDurably(join(dir, name), text)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeStarterModelFiles(modelDir)
  console.log(`Wrote ${Object.keys(starterModelFiles()).join(', ')} to ${modelDir}`)
}
