import type { DecoderModel, DecoderSettings, Prompt } from '../../../src/engine/generation/decoder.ts'
import { fedWeights } from '../../../src/engine/generation/fed-weights.ts'
import { LoopModel } from '../../../src/engine/generation/loop/loop-model.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import type { Dtype } from '../../../src/engine/tensor/dtype.ts'

/** The logits [V] that every token of every answer was chosen from by a loop: [prompt][step]. Prompts may have any order. */
export async function loopLogits(
  model: DecoderModel,
  { temperature, topK, topP, maxNewTokens }: Omit<DecoderSettings, 'batchSize'>,
  prompts: readonly Prompt[],
  slots: number,
  { compile, compute }: { compile: CompileProgram; compute: Dtype },
): Promise<Float32Array[][]> {
  const { config, eosIds, weights, adapter = null } = model
  const rows: Float32Array[][] = prompts.map(() => [])
  const order = [...prompts.keys()].sort((a, b) => prompts[a]!.ids.length - prompts[b]!.ids.length)
  let logits = new Float32Array()
  const watched: CompileProgram = async (graph, options) => {
    const program = await compile(graph, options)
    const run = program.run.bind(program)
    program.run = async (feeds) => {
      const results = await run(feeds)
      logits = results['logits'] as Float32Array<ArrayBuffer>
      return results
    }
    return program
  }
  const loop = new LoopModel(
    model,
    { greedy: temperature === 0, topK, topP },
    fedWeights(config, weights, adapter),
    { compile: watched, compute, threads: 1, callMs: 1e9, window: 8, logits: true },
  )
  const job = await loop.open(
    order.map((i) => prompts[i]!),
    { config, eosIds, slots, maxNewTokens, temperature },
  )
  while (!job.isDone)
    for (const { item, slot } of (await job.step()).made)
      rows[order[item]!]!.push(logits.slice(slot * config.vocab, (slot + 1) * config.vocab))
  await loop.release()
  return rows
}
