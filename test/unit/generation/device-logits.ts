import { DeviceModel } from '../../../src/engine/generation/device/device-model.ts'
import type { DecoderModel, DecoderSettings, Prompt } from '../../../src/engine/generation/decoder.ts'
import { fedWeights } from '../../../src/engine/generation/fed-weights.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'

/** The logits [V] that every token of every answer was chosen from on a device: [prompt][step]. Prompts may have any order. */
export async function deviceLogits(
  model: DecoderModel,
  { temperature, topK, topP, maxNewTokens }: Omit<DecoderSettings, 'batchSize'>,
  prompts: readonly Prompt[],
  slots: number,
  compile: CompileProgram,
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
      logits = (results['logits'] as Float32Array<ArrayBuffer> | undefined) ?? logits
      return results
    }
    return program
  }
  const device = await DeviceModel.compile(
    model,
    { greedy: temperature === 0, topK, topP, logits: true },
    fedWeights(config, weights, adapter),
    { compile: watched, threads: 1 },
  )
  const job = await device.open(
    order.map((i) => prompts[i]!),
    { config, eosIds, slots, maxNewTokens, temperature },
  )
  while (!job.isDone)
    for (const { item, slot } of (await job.step()).made)
      rows[order[item]!]!.push(logits.slice(slot * config.vocab, (slot + 1) * config.vocab))
  job.release()
  await device.release()
  return rows
}
