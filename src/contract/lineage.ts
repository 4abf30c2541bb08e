import { z } from 'zod'

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** Where a model comes from, for the model card of an exported folder: names, hashes, settings, scores. */
export const ModelLineage = z.object({
  /** The card's title. */
  title: z.string().min(1),
  /** `name`: a Hub id where it has one ("HuggingFaceTB/SmolLM2-135M-Instruct"). */
  baseModel: z.object({ name: z.string().min(1), sha256: z.string() }),
  /** A Hub licence tag ("apache-2.0"); null = what the source folder's README.md names, if anything. */
  license: z.string().nullable().default(null),
  /** In words: "Self-Play Fine-Tuning (SPIN), all weights". */
  method: z.string(),
  tags: z.array(z.string()).default(['spin', 'self-play']),
  /** `name`: a Hub id or a file's name. `sha256`: of the training rows. */
  datasets: z.array(
    z.object({
      name: z.string().min(1),
      rows: z.number().int().nullable().default(null),
      sha256: z.string().nullable().default(null),
    }),
  ),
  /** In order; the last one made this model. */
  iterations: z.array(
    z.object({
      iteration: z.number().int().min(0),
      pairs: z.number().int(),
      /** Of the content of the pairs. */
      pairsSha256: z.string(),
      steps: z.number().int(),
      modelSha256: z.string(),
    }),
  ),
  /** Everything that decides the numbers, flat: "training.optimizer.lr" → 5e-7. */
  settings: z.record(z.string(), scalar),
  /** A row a model, a column a score; a score that was not measured is null. */
  scores: z.array(z.object({ model: z.string(), values: z.record(z.string(), z.number().nullable()) })),
  /** "spin-studio" and what it ran on. */
  versions: z.record(z.string(), z.string()),
})
export type ModelLineage = z.infer<typeof ModelLineage>
