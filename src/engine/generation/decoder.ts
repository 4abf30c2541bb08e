import { AppError } from '../../contract/errors.ts'
import type { AdapterSettings } from '../../contract/settings.ts'
import type { Adapter } from '../model/adapter/adapter.ts'
import type { ModelConfig } from '../model/model-config.ts'
import type { WeightSource } from '../model/safetensors.ts'
import { halvedAfter } from '../onnx/out-of-memory.ts'
import { Program } from '../onnx/program.ts'
import { DeviceModel } from './device/device-model.ts'
import { fedWeights, type FedWeights } from './fed-weights.ts'
import { ProcessorModel } from './processor-model.ts'
import { slotLimit } from './slot-limit.ts'
import { LoopModel } from './loop/loop-model.ts'
import type { GenerationDevice, JobShape, StepJob, StepModel } from './step-model.ts'
import { engineLogWords } from '../../strings/engine-log.ts'

export interface DecoderModel {
  config: ModelConfig
  eosIds: readonly number[]
  weights: WeightSource
  /** Trained on top of the weights. */
  adapter?: Adapter | null
  /** In which form the matrices of the layers are used: the adapter's, unless said. */
  baseWeights?: AdapterSettings['baseWeights'] | undefined
}

export interface DecoderSettings {
  temperature: number // 0 = greedy
  topK: number
  topP: number
  maxNewTokens: number
  batchSize: number
}

/** One prompt to answer. `seed` alone decides its random numbers. */
export interface Prompt {
  ids: readonly number[]
  seed: number
  /** A cap of its own below the settings': what is left of the model's context behind a long prompt. */
  maxNewTokens?: number
  /** Asked every few tokens: the answer so far (without an EOS) may end here, e.g. behind a stop string. */
  isEnded?: (ids: readonly number[]) => boolean
}

export interface Answer {
  ids: number[] // without the EOS
  finish: 'stop' | 'length'
  /** Which EOS ended it; null for a capped answer, and one that its prompt's `isEnded` ended. */
  eosId: number | null
}

export interface AnsweredPrompt {
  /** Into the prompts asked. */
  index: number
  answer: Answer
}

/** What some steps of the program brought. */
export interface DecodedPart {
  answered: AnsweredPrompt[]
  /** The new tokens of every answer that got any, without an EOS. An answer that is begun anew sends them again. */
  made: { index: number; ids: number[] }[]
  /** Tokens made, EOS and those of unfinished answers included. */
  tokens: number
}

export interface DecoderOptions {
  /** Steps are made for as long as this, and at least one, before what they brought is told. */
  callMs?: number
  /** What computes; null = the processor. The tokens are the same but where rounding decides between two. */
  device?: GenerationDevice | null
  /** Told what a person should know while it goes on: memory ran out and was worked around. */
  onWarning?: (message: string) => void
}

/** One queue is at most as long: its longest prompt decides how many slots there is memory for. */
const queuePrompts = 2048
/** A call of a loop reads again what is in the making: it pays when the call is long. */
const [partMs, loopMs] = [2500, 10_000]
/** With one row a product takes a kernel with another order of summation. */
const leastSlots = 2

/** Answers prompts, `batchSize` at a time: as soon as an answer ends, the next prompt takes its slot. */
export class Decoder {
  private readonly model: DecoderModel
  private readonly settings: DecoderSettings
  private readonly threads: number
  private readonly callMs: number
  private readonly device: GenerationDevice | null
  private steps: StepModel | null = null
  private fed: FedWeights | null = null
  private readonly onWarning: (message: string) => void
  /** Prompts at once; halved for good when memory runs out. */
  private batchSize: number

  constructor(
    model: DecoderModel,
    settings: DecoderSettings,
    threads: number,
    { callMs, device = null, onWarning = () => undefined }: DecoderOptions = {},
  ) {
    this.model = model
    this.settings = settings
    this.threads = threads
    this.callMs = callMs ?? (device?.kind === 'loop' ? loopMs : partMs)
    this.device = device
    this.onWarning = onWarning
    this.batchSize = settings.batchSize
  }

  /**
   * Yields every few seconds what was made and what ended: progress and cancellation are never further away. Answers come in no particular order. Each depends on the model, its prompt, its seed and the
   * sampling settings alone, to the last bit: not on the batch size, nor on what else is asked. Where memory runs out, half
   * as many are answered at once, those that had begun anew.
   * `temperature`: of this call alone. It is no part of the program, but greedy and sampled are two programs.
   * Throws OUT_OF_MEMORY, or BAD_INPUT for a prompt without tokens.
   */
  async *answers(
    prompts: readonly Prompt[],
    { temperature = this.settings.temperature }: { temperature?: number } = {},
  ): AsyncGenerator<DecodedPart> {
    refuseEmptyPrompt(prompts)
    if ((temperature === 0) !== (this.settings.temperature === 0))
      throw new RangeError(
        `a decoder of temperature ${this.settings.temperature} was asked for ${temperature}`,
      )
    const { config, eosIds } = this.model
    const { maxNewTokens, batchSize } = this.settings
    this.fed ??= this.feedWeights()
    let open = [...prompts.keys()].sort((a, b) => prompts[a]!.ids.length - prompts[b]!.ids.length || a - b)
    const most = Math.max(8 * batchSize, queuePrompts)
    while (open.length > 0) {
      const items = open.slice(0, most)
      const queue = items.map((index) => prompts[index]!)
      const longest = queue.at(-1)!.ids.length + maxNewTokens
      // Of a card's memory nobody knows but its errors.
      const limit = this.device?.kind === 'loop' ? Infinity : slotLimit(config, longest)
      const slots = Math.max(leastSlots, Math.min(this.batchSize, items.length, limit))
      const answered = new Set<number>()
      for await (const part of this.answerQueue(queue, {
        config,
        eosIds,
        slots,
        maxNewTokens,
        temperature,
      })) {
        for (const { index } of part.answered) answered.add(index)
        yield {
          ...part,
          answered: part.answered.map(({ index, answer }) => ({ index: items[index]!, answer })),
          made: part.made.map(({ index, ids }) => ({ index: items[index]!, ids })),
        }
      }
      open = [...items.filter((_, item) => !answered.has(item)), ...open.slice(items.length)]
    }
  }

  /** One queue, until all of it is answered or memory runs out: then with a smaller batch size for what is left. */
  private async *answerQueue(queue: readonly Prompt[], shape: JobShape): AsyncGenerator<DecodedPart> {
    let job: StepJob | null = null
    try {
      while (!job?.isDone) {
        const part: DecodedPart = { answered: [], made: [], tokens: 0 }
        try {
          this.steps ??= await this.compile(this.fed!)
          job ??= await this.steps.open(queue, shape)
          await this.takeSteps(job, part)
        } catch (error) {
          const { slots, maxNewTokens } = shape
          this.batchSize = await halvedAfter(error, {
            size: slots,
            least: leastSlots,
            advice: `Memory ran out while answering ${slots} prompts at once. Lower the longest answer (${maxNewTokens} tokens), leave out the longest prompts, or close other programs.`,
            release: () => {
              job?.release()
              return this.releaseSteps()
            },
          })
          this.onWarning(engineLogWords.memory.fewerPrompts(slots, this.batchSize))
          return
        }
        yield part
      }
    } finally {
      job?.release()
    }
  }

  /** Steps until `callMs` are over or all is answered. */
  private async takeSteps(job: StepJob, part: DecodedPart): Promise<void> {
    const made = new Map<number, number[]>()
    const startedAt = performance.now()
    do {
      const outcome = await job.step()
      part.tokens += outcome.made.length
      for (const { item, answer } of outcome.ended) part.answered.push({ index: item, answer })
      for (const { item, id, isEos } of outcome.made) {
        if (isEos) continue
        const ids = made.get(item)
        if (ids) ids.push(id)
        else made.set(item, [id])
      }
    } while (!job.isDone && performance.now() - startedAt < this.callMs)
    part.made = Array.from(made, ([index, ids]) => ({ index, ids }))
  }

  /** Compiles the program, where it is not there yet; else the first answer does. Throws OUT_OF_MEMORY. */
  async load(): Promise<void> {
    this.fed ??= this.feedWeights()
    this.steps ??= await this.compile(this.fed)
  }

  private feedWeights(): FedWeights {
    const { config, weights, adapter = null, baseWeights } = this.model
    return fedWeights(config, weights, adapter, baseWeights)
  }

  private compile(fed: FedWeights): Promise<StepModel> {
    const { temperature, topK, topP } = this.settings
    const { threads, device, callMs } = this
    const shape = { greedy: temperature === 0, topK, topP }
    switch (device?.kind) {
      case 'resident':
        return DeviceModel.compile(this.model, shape, fed, { compile: device.compile, threads })
      case 'loop':
        return Promise.resolve(new LoopModel(this.model, shape, fed, { ...device, threads, callMs }))
      case undefined:
        return ProcessorModel.compile(this.model, shape, fed, { compile: Program.compile, threads })
    }
  }

  async release(): Promise<void> {
    await this.releaseSteps()
    this.fed = null
  }

  private async releaseSteps(): Promise<void> {
    await this.steps?.release()
    this.steps = null
  }
}

function refuseEmptyPrompt(prompts: readonly Prompt[]): void {
  const index = prompts.findIndex(({ ids }) => ids.length === 0)
  if (index === -1) return
  throw new AppError('BAD_INPUT', `Prompt ${index} has no token to continue. Expected at least one.`, {
    index,
  })
}
