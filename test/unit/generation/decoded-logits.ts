import { basename, dirname } from 'node:path'
import { decodeGraph } from '../../../src/engine/generation/decode-graph.ts'
import { DecodeJob } from '../../../src/engine/generation/decode-job.ts'
import type { DecoderModel, DecoderSettings, Prompt } from '../../../src/engine/generation/decoder.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import { Program } from '../../../src/engine/onnx/program.ts'

/** The logits [V] that every token of every answer was chosen from: [prompt][step]. Prompts may have any order. */
export async function decodedLogits(
  { config, eosIds, weights }: DecoderModel,
  { temperature, topK, topP, maxNewTokens }: Omit<DecoderSettings, 'batchSize'>,
  prompts: readonly Prompt[],
  slots: number,
  compile: CompileProgram = Program.compile,
): Promise<Float32Array[][]> {
  const [path] = weights.paths as [string]
  const greedy = temperature === 0
  const graph = decodeGraph(config, { greedy, topK, topP, logits: true }, (name) => {
    const { shape, begin, end } = weights.tensors.get(name)!
    return { dtype: 'f32', shape, file: basename(path), offset: begin, bytes: end - begin }
  })
  const program = await compile(graph, { threads: 1, weightsFolder: dirname(path) })
  const order = [...prompts.keys()].sort((a, b) => prompts[a]!.ids.length - prompts[b]!.ids.length)
  const job = new DecodeJob(
    order.map((i) => prompts[i]!),
    { config, eosIds, slots, maxNewTokens, temperature },
  )
  const rows: Float32Array[][] = prompts.map(() => [])
  while (!job.isDone) {
    const results = await program.run(job.feeds())
    const logits = results['logits'] as Float32Array
    for (const { item, slot } of job.absorb(results).made)
      rows[order[item]!]!.push(logits.slice(slot * config.vocab, (slot + 1) * config.vocab))
  }
  await program.release()
  return rows
}
