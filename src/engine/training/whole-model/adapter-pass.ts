import { adaptedLinears, type Adapter } from '../../model/adapter/adapter.ts'
import { type DropoutKey, dropoutMask } from '../../model/adapter/dropout-mask.ts'
import type { ModelConfig, Rope } from '../../model/model-config.ts'
import { rotaryTable } from '../../model/rotary-table.ts'
import type { TokenBatch } from '../../model/token-batch.ts'
import type { CompiledProgram, CompileProgram, Feeds, ShapedData } from '../../onnx/compiled-program.ts'
import type { GradientPass } from '../gradient-pass.ts'
import type { LossTerms, MicroBatchResult, PassOptions } from '../layered-gradients.ts'
import { adapterGradientGraph, keptInput } from './adapter-gradient-graph.ts'
import type { FrozenWeights } from './frozen-weights.ts'
import { sequenceFeeds } from './sequence-slots.ts'

export interface AdapterPassRequest {
  config: ModelConfig
  adapter: Adapter
  weights: FrozenWeights
  threads: number
  compile: CompileProgram
}

/**
 * The gradients of an adapter by one program in which the frozen weights are held (see adapter-gradient-graph.ts): compiled with
 * the first micro-batch, and used for all, whatever their shapes.
 */
export class AdapterPass implements GradientPass {
  readonly layout = {}
  private readonly request: AdapterPassRequest
  private readonly angles: RotaryAngles
  private program: { of: LossTerms['lossType']; compiled: Promise<CompiledProgram> } | null = null

  constructor(request: AdapterPassRequest) {
    this.request = request
    this.angles = new RotaryAngles(request.config.layerKinds.map(({ rope }) => rope))
  }

  async accumulate(
    batch: TokenBatch,
    terms: LossTerms,
    into: ReadonlyMap<string, Float32Array>,
    { isFirst = false, dropout = null }: PassOptions,
  ): Promise<MicroBatchResult> {
    const program = await this.compiled(terms.lossType)
    const results = await program.run({
      tokenIds: shaped(batch.tokenIds, [batch.tokenRows]),
      ...this.angles.at(batch.positions),
      ...sequenceFeeds(batch),
      ...termFeeds(batch, terms),
      ...this.adapterFeeds(),
      ...this.dropoutFeeds(batch.tokenRows, dropout),
    })
    for (const [name, sum] of into) {
      const gradient = results[`d ${name}`] as Float32Array
      if (isFirst) sum.set(gradient)
      else for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!
    }
    return {
      loss: (results['loss'] as Float32Array)[0]!,
      logp: results['logp'] as Float32Array,
      entropy: results['entropy'] as Float32Array,
    }
  }

  async release(): Promise<void> {
    const program = this.program
    this.program = null
    await (await program?.compiled)?.release()
  }

  private async compiled(lossType: LossTerms['lossType']): Promise<CompiledProgram> {
    if (this.program && this.program.of !== lossType) await this.release()
    const { config, adapter, weights, threads, compile } = this.request
    this.program ??= {
      of: lossType,
      compiled: compile(adapterGradientGraph(config, adapter, weights, lossType), {
        threads,
        weightsFolder: weights.folder,
        heldFiles: weights.heldFiles,
        prepacks: false,
        foldsConstants: !weights.isSmall,
        hidesOpenSizes: true,
        keepsMemory: false,
      }),
    }
    const { compiled } = this.program
    // A failed compilation is not kept: the next call may find more memory.
    compiled.catch(() => (this.program = null))
    return compiled
  }

  private adapterFeeds(): Feeds {
    return Object.fromEntries([...this.request.adapter.tensors].map(([name, { data }]) => [name, data]))
  }

  /** Step 0 drops nothing: everything is kept, and multiplied by 1. */
  private dropoutFeeds(rows: number, key: DropoutKey | null): Feeds {
    const { adapter, config } = this.request
    if (adapter.dropout === 0) return {}
    const feeds: Record<string, ShapedData | Float32Array> = {
      keepFactor: Float32Array.of(key ? 1 / (1 - adapter.dropout) : 1),
    }
    for (let layer = 0; layer < config.layers; layer++) {
      for (const { name, input } of adaptedLinears(config, adapter)) {
        const count = rows * input
        const kept = key
          ? dropoutMask(key, layer, name, count, adapter.dropout)
          : new Uint8Array(count).fill(1)
        feeds[keptInput(layer, name)] = shaped(kept, [rows, input])
      }
    }
    return feeds
  }
}

function termFeeds({ tokenRows }: TokenBatch, terms: LossTerms): Feeds {
  const { rowIndex, targetIds, pairs, pairing, opponentMargin, pairWeight, tokenWeight, beta } = terms
  const rows = rowIndex.length
  // The batch's last row is padding: what points there is padding too.
  const rowFrom = rowIndex.map((row) => (row === tokenRows - 1 ? tokenRows : row))
  const rowBack = new Int32Array(tokenRows).fill(rows)
  for (const [response, row] of rowFrom.entries()) if (row < tokenRows) rowBack[row] = response
  return {
    rowFrom: shaped(rowFrom, [rows]),
    rowBack: shaped(rowBack, [tokenRows]),
    targetIds: shaped(targetIds, [rows]),
    pairing: shaped(pairing, [pairs, rows]),
    opponentMargin: shaped(opponentMargin, [pairs, 1]),
    pairWeight: shaped(pairWeight, [pairs, 1]),
    tokenWeight: shaped(tokenWeight, [rows, 1]),
    beta: Float32Array.of(beta),
  }
}

/** cos and sin of every layer kind at the positions of a batch's rows; the tables grow with the longest. */
class RotaryAngles {
  private readonly ropes: readonly Rope[]
  private tables: { cos: Float64Array; sin: Float64Array }[] = []
  private length = 0

  constructor(ropes: readonly Rope[]) {
    this.ropes = ropes
  }

  at(positions: Int32Array): Record<string, ShapedData> {
    const longest = positions.reduce((most, position) => Math.max(most, position), 0) + 1
    if (longest > this.length) {
      this.length = 2 ** Math.ceil(Math.log2(longest))
      this.tables = this.ropes.map((rope) => rotaryTable(rope, this.length))
    }
    const feeds: Record<string, ShapedData> = {}
    for (const [kind, { inverseFrequencies }] of this.ropes.entries()) {
      const half = inverseFrequencies.length
      const picked = (table: Float64Array) => {
        const rows = new Float32Array(positions.length * half)
        for (const [row, position] of positions.entries())
          rows.set(table.subarray(position * half, (position + 1) * half), row * half)
        return shaped(rows, [positions.length, half])
      }
      feeds[`cos${kind}`] = picked(this.tables[kind]!.cos)
      feeds[`sin${kind}`] = picked(this.tables[kind]!.sin)
    }
    return feeds
  }
}

const shaped = (data: ShapedData['data'], shape: number[]): ShapedData => ({ data, shape })
