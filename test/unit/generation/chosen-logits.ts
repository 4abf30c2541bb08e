import type { DecoderModel, DecoderSettings, Prompt } from '../../../src/engine/generation/decoder.ts'
import { DeviceModel } from '../../../src/engine/generation/device/device-model.ts'
import { type FedWeights, fedWeights } from '../../../src/engine/generation/fed-weights.ts'
import { LoopModel } from '../../../src/engine/generation/loop/loop-model.ts'
import type { SamplingShape } from '../../../src/engine/generation/sampling.ts'
import type { StepModel } from '../../../src/engine/generation/step-model.ts'
import type { CompileProgram } from '../../../src/engine/onnx/compiled-program.ts'
import type { Dtype } from '../../../src/engine/tensor/dtype.ts'

/** A model whose programs, compiled by `compile`, also output the logits that they choose from. */
export type MakeModel = (
  model: DecoderModel,
  sampling: SamplingShape,
  fed: FedWeights,
  compile: CompileProgram,
) => StepModel | Promise<StepModel>

export const onDevice: MakeModel = (model, sampling, fed, compile) =>
  DeviceModel.compile(model, { ...sampling, logits: true }, fed, { compile, threads: 1 })

/** Eight steps between two copies of the cache, all in one call. */
export const inLoop =
  (compute: Dtype): MakeModel =>
  (model, sampling, fed, compile) =>
    new LoopModel(model, sampling, fed, {
      compile,
      compute,
      threads: 1,
      callMs: 1e9,
      window: 8,
      logits: true,
    })

/** The logits [V] that every token of every answer was chosen from: [prompt][step]. Prompts may have any order. */
export async function chosenLogits(
  make: MakeModel,
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
  const sampling = { greedy: temperature === 0, topK, topP }
  const made = await make(model, sampling, fedWeights(config, weights, adapter), watched)
  const job = await made.open(
    order.map((i) => prompts[i]!),
    { config, eosIds, slots, maxNewTokens, temperature },
  )
  while (!job.isDone)
    for (const { item, slot } of (await job.step()).made)
      rows[order[item]!]!.push(logits.slice(slot * config.vocab, (slot + 1) * config.vocab))
  job.release()
  await made.release()
  return rows
}
