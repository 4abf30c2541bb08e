import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What is used of node-llama-cpp, which the product does not install. */
export interface Llama {
  loadModel(options: object): Promise<LlamaModel>
  dispose(): Promise<void>
}
export interface LlamaModel {
  tokenize(text: string, specialTokens: boolean): number[]
  createContext(options: object): Promise<{ getSequence(): LlamaSequence; dispose(): Promise<void> }>
  dispose(): Promise<void>
}
export interface LlamaSequence {
  evaluate(tokens: number[], options: object): AsyncIterable<number>
  controlledEvaluate(input: unknown[]): Promise<({ next: { logits?: Map<number, number> } } | undefined)[]>
  clearHistory(): Promise<void>
}

/** llama.cpp on the CPU, from the node-llama-cpp that is installed in `dir`. Throws where there is none. */
export async function openLlamaCpp(dir: string, options: object): Promise<Llama> {
  const entry = resolve(dir, 'node_modules/node-llama-cpp/dist/index.js')
  if (!existsSync(entry)) throw new Error(`node-llama-cpp is not installed in ${dir}`)
  const { getLlama } = (await import(pathToFileURL(entry).href)) as {
    getLlama(options: object): Promise<Llama>
  }
  return getLlama({ gpu: false, build: 'never', ...options })
}

/** llama.cpp's logits after each token of a sequence, by token id. */
export async function peerLogits(
  sequence: LlamaSequence,
  ids: readonly number[],
): Promise<Map<number, number>[]> {
  await sequence.clearHistory()
  const asked = ids.map((id) => [id, { generateNext: { logits: true, options: { temperature: 0 } } }])
  const answered = await sequence.controlledEvaluate(asked)
  return answered.map((one) => one!.next.logits!)
}

/** The most likely token; of equal ones that with the lowest id. */
export function best(logits: ReadonlyMap<number, number>): number {
  let [winner, most] = [-1, -Infinity]
  for (const [id, logit] of logits)
    if (logit > most || (logit === most && id < winner)) [winner, most] = [id, logit]
  return winner
}
