import { z } from 'zod'
import { AdapterSettings } from '../settings.ts'

/** What a model folder holds. */

export const ModelCard = z.object({
  dir: z.string(),
  /** "llama", "qwen3", …: see engine/model/model-config.ts. */
  family: z.string(),
  architecture: z.string(),
  parameters: z.number().int(),
  layers: z.number().int(),
  hidden: z.number().int(),
  heads: z.number().int(),
  kvHeads: z.number().int(),
  vocab: z.number().int(),
  context: z.number().int(),
  dtype: z.string(),
  tiedEmbeddings: z.boolean(),
  eosTokens: z.array(z.string()),
  sha256: z.string(), // of the weights
  bytes: z.number(),
  templateSample: z.string(),
  /** A sample conversation through the chat template; null in cards by older versions. */
  template: z
    .object({
      source: z.enum(['chat_template.jinja', 'tokenizer_config.json', 'default']),
      /** Whether it takes a system message; the sample has one then. */
      takesSystem: z.boolean(),
      /** Of the sample; null = the tokenizer has none for it. */
      tokens: z.number().int().nullable(),
      parts: z.array(z.object({ text: z.string(), special: z.boolean() })),
    })
    .nullable()
    .default(null),
  /** As the folder names it: "apache-2.0", "see LICENSE"; null = it names none. */
  license: z.string().nullable().default(null),
  /** Of a PEFT adapter folder, whose base the rest describes; null = a whole model. */
  adapter: z
    .object({
      baseDir: z.string(),
      rank: z.number().int(),
      alpha: z.number(),
      /** Matrices of a layer that it adds to: "self_attn.q_proj". */
      modules: z.array(z.string()),
      /** How the base's matrices are held with it. */
      baseWeights: AdapterSettings.shape.baseWeights.unwrap(),
      parameters: z.number().int(),
    })
    .nullable(),
  /** What a person should know before using it. */
  warnings: z.array(z.string()),
})
export type ModelCard = z.infer<typeof ModelCard>
