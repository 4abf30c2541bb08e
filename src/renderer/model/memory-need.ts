/**
 * What training needs of the machine's memory, told from the number of parameters alone, before anything is measured. It rests on
 * what the engine holds for each parameter; activations, the cache and the embeddings' share come on top, so these are
 * limits of hope: the Plan step measures.
 */

/** Adam in 32 bits: weight 4, gradient 4, two moments 8 bytes for each trained parameter. */
const fullBytes = 16
/**
 * An adapter on a frozen model trains in little more than its weights (4 bytes); answering prompts with the model takes more: the
 * file's mapped pages and the runtime's packed copy, 8 bytes. Measured at 1.5 billion: 11.9 GB.
 */
const loraBytes = 8
/** A base in 4 bits, embeddings in 32. Measured at 1.5 billion: 3.4 GB while training. */
const fourBitBytes = 2.3
/** The engine and its runtime with next to no model: 0.29 to 0.41 GB measured with the starter. */
const engineBytes = 0.4e9
/** For the system and the app's own processes; the engine's forecast keeps as much free. */
const reserveBytes = 1.5 * 2 ** 30

export const trainingMethods = ['full', 'lora', 'qlora4'] as const
export type TrainingMethod = (typeof trainingMethods)[number]

const bytesPerParameter: Record<TrainingMethod, number> = {
  full: fullBytes,
  lora: loraBytes,
  qlora4: fourBitBytes,
}

/** Of the engine's process. */
export const neededBytes = (method: TrainingMethod, parameters: number): number =>
  bytesPerParameter[method] * parameters + engineBytes

/** What a process may take of the machine's memory. */
export const usableBytes = (memoryBytes: number): number => memoryBytes - reserveBytes

/** The largest model that a method may fit, rounded down to one digit: 1.4e9 → 1e9, 3.9e8 → 3e8. 0 = none. */
export function largestModel(method: TrainingMethod, memoryBytes: number): number {
  const most = (usableBytes(memoryBytes) - engineBytes) / bytesPerParameter[method]
  if (most <= 0) return 0
  const digit = 10 ** Math.floor(Math.log10(most))
  return Math.floor(most / digit) * digit
}
