import { realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { ModelConfig } from '../model/model-config.ts'
import type { WeightFile } from '../model/safetensors.ts'
import { Program } from '../onnx/program.ts'
import type { Dtype } from '../tensor/dtype.ts'
import { uniform } from '../tensor/random.ts'
import { decodeGraph, type DecodeShape } from './decode-graph.ts'

export interface DecoderModel {
  config: ModelConfig
  eosIds: readonly number[]
  weights: WeightFile
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
}

export interface Answer {
  ids: number[] // without the EOS
  finish: 'stop' | 'length'
  /** Which EOS ended it; null for a capped answer. */
  eosId: number | null
}

const lengthBucket = 16
const dtypes: Record<string, Dtype> = { F32: 'f32', F16: 'f16', BF16: 'bf16' }

/** Answers batches of prompts; keeps the compiled program of the last prompt-length bucket. */
export class Decoder {
  private readonly model: DecoderModel
  private readonly settings: DecoderSettings
  private readonly threads: number
  private current: { promptLength: number; program: Program } | null = null

  constructor(model: DecoderModel, settings: DecoderSettings, threads: number) {
    this.model = model
    this.settings = settings
    this.threads = threads
  }

  /**
   * A batch is always filled up to at least two rows: with one row the matrix product takes another kernel with another
   * order of summation, and a token could then depend on the batch size.
   */
  private get rows(): number {
    return Math.max(2, this.settings.batchSize)
  }

  /** At most `batchSize` prompts → their answers in the same order. Throws OUT_OF_MEMORY. */
  async answer(prompts: readonly Prompt[]): Promise<Answer[]> {
    const { maxNewTokens, temperature } = this.settings
    const promptLength =
      Math.ceil(Math.max(...prompts.map(({ ids }) => ids.length)) / lengthBucket) * lengthBucket
    const program = await this.programFor(promptLength)
    const feeds = promptFeeds(prompts, this.rows, promptLength)
    const uniforms = new Float32Array(this.rows * maxNewTokens).fill(0.5)
    if (temperature > 0) {
      prompts.forEach(({ seed }, b) => {
        for (let step = 0; step < maxNewTokens; step++)
          uniforms[b * maxNewTokens + step] = uniform(seed, 'token', step)
      })
    }
    const { first, rest } = await program.run({
      ...feeds,
      uniforms,
      temperature: Float32Array.of(temperature || 1),
    })
    return prompts.map((_, b) => this.readAnswer(b, first as Int32Array, rest as Int32Array | undefined))
  }

  private readAnswer(b: number, first: Int32Array, rest: Int32Array | undefined): Answer {
    const ids: number[] = []
    const steps = 1 + (rest ? rest.length / this.rows : 0)
    for (let step = 0; step < steps; step++) {
      const id = step === 0 ? first[b]! : rest![(step - 1) * this.rows + b]!
      if (this.model.eosIds.includes(id)) return { ids, finish: 'stop', eosId: id }
      ids.push(id)
    }
    return { ids, finish: 'length', eosId: null }
  }

  private async programFor(promptLength: number): Promise<Program> {
    if (this.current?.promptLength === promptLength) return this.current.program
    await this.release() // one session at a time: each holds a packed copy of the weights
    const { temperature, topK, topP, maxNewTokens } = this.settings
    const shape: DecodeShape = {
      batch: this.rows,
      promptLength,
      maxNewTokens,
      eosIds: this.model.eosIds,
      greedy: temperature === 0,
      topK,
      topP,
    }
    // The real folder: a Hub cache's snapshot is a folder of links into its blobs, and the session refuses links that leave it.
    const file = realpathSync(this.model.weights.path)
    const graph = decodeGraph(this.model.config, shape, (name) => {
      const { dtype, shape: size, begin, end } = this.model.weights.tensors.get(name)!
      return { dtype: dtypes[dtype]!, shape: size, file: basename(file), offset: begin, bytes: end - begin }
    })
    const program = await Program.compile(graph, { threads: this.threads, weightsFolder: dirname(file) })
    this.current = { promptLength, program }
    return program
  }

  async release(): Promise<void> {
    await this.current?.program.release()
    this.current = null
  }
}

function promptFeeds(prompts: readonly Prompt[], rows: number, promptLength: number) {
  const promptIds = new Int32Array(rows * promptLength)
  const lengths = new Int32Array(rows).fill(1)
  const lastRow = Int32Array.from({ length: rows }, (_, b) => b * promptLength)
  const done = new Uint8Array(rows).fill(1)
  prompts.forEach(({ ids }, b) => {
    promptIds.set(ids, b * promptLength)
    lengths[b] = ids.length
    lastRow[b] = b * promptLength + ids.length - 1
    done[b] = 0
  })
  return {
    promptIds,
    lengths,
    lastRow,
    done,
    longest: Int32Array.of(lengths.reduce((a, b) => Math.max(a, b))),
  }
}
