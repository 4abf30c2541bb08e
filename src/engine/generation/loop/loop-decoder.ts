import { halvedAfter } from '../../onnx/out-of-memory.ts'
import type { CompiledProgram, CompileProgram } from '../../onnx/compiled-program.ts'
import type { Dtype } from '../../tensor/dtype.ts'
import { engineLogWords } from '../../../strings/engine-log.ts'
import {
  type DecodedPart,
  type DecoderModel,
  type DecoderOptions,
  type DecoderSettings,
  type Prompt,
  refuseEmptyPrompt,
} from '../decoder.ts'
import { feedsOf, fedWeights, type FedWeights } from '../fed-weights.ts'
import { weightPlaces } from '../weight-places.ts'
import { loopGraph } from './loop-graph.ts'
import { LoopJob } from './loop-job.ts'

export interface LoopDecoderOptions extends DecoderOptions {
  compile: CompileProgram
  /** Of products and caches; default: f32. */
  compute?: Dtype
  /** Steps between two copies of the cache, K. */
  window?: number
}

/** Prompts of one queue at most. */
const queuePrompts = 4096
/** Steps of the first call: the pace is not known yet. */
const firstBudget = 64
const mostSteps = 1 << 20

/**
 * Answers prompts, `batchSize` at a time, on a device that nothing may leave between two tokens (see loopGraph). The same face as
 * Decoder. An answer depends on the model, its prompt, its seed and the sampling settings alone, but for rounding: the products of
 * a card differ in their last bits with the rows beside a row, and what a call continues was read, not made.
 */
export class LoopDecoder {
  private readonly model: DecoderModel
  private readonly settings: DecoderSettings
  private readonly threads: number
  private readonly callMs: number
  private readonly onWarning: (message: string) => void
  private readonly compileProgram: CompileProgram
  private readonly compute: Dtype
  private readonly window: number
  private program: { slots: number; compiled: CompiledProgram } | null = null
  private fed: FedWeights | null = null
  private batchSize: number
  /** Steps of the next call. */
  private budget = firstBudget

  constructor(
    model: DecoderModel,
    settings: DecoderSettings,
    threads: number,
    {
      callMs = 10_000,
      onWarning = () => undefined,
      compile,
      compute = 'f32',
      window = 32,
    }: LoopDecoderOptions,
  ) {
    this.model = model
    this.settings = settings
    this.threads = threads
    this.callMs = callMs
    this.onWarning = onWarning
    this.compileProgram = compile
    this.compute = compute
    this.window = window
    this.batchSize = settings.batchSize
  }

  /** See Decoder.answers. Throws OUT_OF_MEMORY, BAD_INPUT for a prompt without tokens. */
  async *answers(
    prompts: readonly Prompt[],
    { temperature = this.settings.temperature }: { temperature?: number } = {},
  ): AsyncGenerator<DecodedPart> {
    refuseEmptyPrompt(prompts)
    if ((temperature === 0) !== (this.settings.temperature === 0))
      throw new RangeError(
        `a decoder of temperature ${this.settings.temperature} was asked for ${temperature}`,
      )
    const sorted = [...prompts.keys()].sort(
      (a, b) => prompts[a]!.ids.length - prompts[b]!.ids.length || a - b,
    )
    for (let at = 0; at < sorted.length; at += queuePrompts) {
      const items = sorted.slice(at, at + queuePrompts)
      for await (const { answered, made, tokens } of this.answerQueue(
        items.map((i) => prompts[i]!),
        temperature,
      )) {
        yield {
          answered: answered.map(({ index, answer }) => ({ index: items[index]!, answer })),
          made: made.map(({ index, ids }) => ({ index: items[index]!, ids })),
          tokens,
        }
      }
    }
  }

  private async *answerQueue(queue: readonly Prompt[], temperature: number): AsyncGenerator<DecodedPart> {
    const { config, eosIds } = this.model
    const { maxNewTokens } = this.settings
    const shape = { config, eosIds, window: this.window, maxNewTokens, temperature }
    const slots = () => Math.min(this.batchSize, queue.length)
    const job = new LoopJob(queue, shape)
    while (!job.isDone) {
      try {
        this.fed ??= this.feedWeights()
        const program = await this.programFor(slots())
        const startedAt = performance.now()
        const { ended, made, tokens, spent } = job.absorb(
          await program.run({ ...feedsOf(this.fed), ...job.feeds(this.budget, slots()) }),
        )
        this.keepPace(spent, performance.now() - startedAt)
        yield {
          answered: ended.map(({ item, answer }) => ({ index: item, answer })),
          made: made.map(({ item, ids }) => ({ index: item, ids })),
          tokens,
        }
      } catch (error) {
        const size = slots()
        this.batchSize = await halvedAfter(error, {
          size,
          least: 1,
          advice: `Memory ran out while answering ${size} prompts at once. Lower the longest answer (${maxNewTokens} tokens), leave out the longest prompts, or close other programs.`,
          release: () => this.releaseProgram(),
        })
        this.onWarning(engineLogWords.memory.fewerPrompts(size, this.batchSize))
      }
    }
  }

  /** A call is to last `callMs`; one that ended before its budget says less of the pace than of the queue. */
  private keepPace(spent: number, ms: number): void {
    const wanted = Math.round((spent / Math.max(1, ms)) * this.callMs)
    this.budget = Math.max(1, Math.min(mostSteps, 8 * this.budget, wanted))
  }

  /** Compiles the program, where it is not there yet; else the first answer does. Throws OUT_OF_MEMORY. */
  async load(): Promise<void> {
    this.fed ??= this.feedWeights()
    await this.programFor(this.batchSize)
  }

  private feedWeights(): FedWeights {
    const { config, weights, adapter = null, baseWeights } = this.model
    return fedWeights(config, weights, adapter, baseWeights)
  }

  private async programFor(slots: number): Promise<CompiledProgram> {
    if (this.program?.slots === slots) return this.program.compiled
    await this.releaseProgram()
    const { config, eosIds, weights } = this.model
    const { temperature, topK, topP } = this.settings
    const { folder, place } = weightPlaces(weights)
    const sampling = { greedy: temperature === 0, topK, topP }
    const shape = { slots, window: this.window, eosIds, compute: this.compute, ...sampling }
    const graph = loopGraph(config, shape, place, this.fed!)
    const options = { threads: this.threads, weightsFolder: folder }
    this.program = { slots, compiled: await this.compileProgram(graph, options) }
    return this.program.compiled
  }

  async release(): Promise<void> {
    await this.releaseProgram()
    this.fed = null
  }

  private async releaseProgram(): Promise<void> {
    await this.program?.compiled.release()
    this.program = null
  }
}
