import * as t from '../../tensor/build.ts'
import { Graph, type Value } from '../../tensor/graph.ts'
import { decoderLayer } from '../../model/decoder-layer.ts'
import { sampleTokens } from '../sampling.ts'
import { type LayerCache, maskWhere, windowAttention } from './loop-attention.ts'
import type { NextGroup } from './loop-queue.ts'
import {
  advancedSlots,
  canRefill,
  madeCounts,
  openCount,
  outputSlots,
  slotInputs,
  slotNames,
  type SlotState,
  slotsOf,
} from './loop-state.ts'
import { layerCaches, type LoopValues, recordInputs, type RoundState, seen } from './loop-values.ts'
import { anglesAt } from './rotated-rows.ts'

export interface Steps extends Pick<RoundState, 'state' | 'spent' | 'records'> {
  windows: LayerCache[]
}

/** Up to K steps, until enough slots are free for the `following` group. */
export function stepLoop(values: LoopValues, round: Graph, before: RoundState, following: NextGroup): Steps {
  const { config, shape, budget } = values
  const body = new Graph()
  const step = t.reshape(t.cast(body.input('step', 'i64', []), 'i32'), [1])
  body.input('going', 'bool', [])
  const state = slotInputs(body, shape.slots)
  const spent = body.input('spent', 'i32', [1])
  const records = recordInputs(body, values)
  const windowShape = [shape.slots, config.kvHeads, shape.window, config.headDim]
  const windows = layerCaches(
    Array.from({ length: 2 * config.layers }, (_, i) => body.input(`window${i}`, shape.compute, windowShape)),
  )
  const made = stepResults(values, body, { state, records, windows, step, started: before })

  const after = t.add(spent, body.scalar(1, 'i32'))
  const anyOpen = body.apply({ kind: 'Less' }, [body.scalar(0, 'i32'), openCount(body, made.state)])
  const goesOn = [
    body.apply({ kind: 'Not' }, [canRefill(body, made.state, shape.slots, following)]),
    body.apply({ kind: 'Less' }, [after, budget]),
  ].reduce((a, b) => body.apply({ kind: 'And' }, [a, b]), anyOpen)
  body.output('going', t.reshape(goesOn, []))
  outputSlots(body, made.state)
  body.output('spent', after)
  made.records.forEach((value, i) => body.output(`record${i}`, value))
  made.windows.forEach(({ key, value }, layer) => {
    body.output(`key${layer}`, key)
    body.output(`value${layer}`, value)
  })
  // Any numbers will do for a window that nothing was written to: they are not seen.
  const blank = (cache: Value) => {
    const columns = round.constant(new BigInt64Array(shape.window), 'i64', [shape.window])
    return round.apply({ kind: 'GatherAxis', axis: 2 }, [cache, columns])
  }
  const initial = [
    ...slotNames.map((name) => before.state[name]),
    before.spent,
    ...before.records,
    ...before.caches.flatMap(({ key, value }) => [blank(key), blank(value)]),
  ]
  const outputs = round.applyAll(
    { kind: 'Loop', body, trips: shape.window, carried: initial.length, stacked: 0 },
    initial,
  )
  const at = slotNames.length
  return {
    state: slotsOf(outputs),
    spent: outputs[at]!,
    records: outputs.slice(at + 1, at + 1 + records.length),
    windows: layerCaches(outputs.slice(at + 1 + records.length)),
  }
}

interface StepStart {
  state: SlotState
  records: readonly Value[]
  windows: readonly LayerCache[]
  step: Value // i32 [1]
  /** The round's. */
  started: RoundState
}

/** One token in every slot. */
function stepResults(
  values: LoopValues,
  body: Graph,
  { state, records, windows, step, started }: StepStart,
): Omit<Steps, 'spent'> {
  const { config, shape, queue, tables, weights } = values
  const numbers = body.constant(
    Int32Array.from({ length: shape.window }, (_, i) => i),
    'i32',
    [shape.window],
  )
  const isColumn = t.reshape(body.apply({ kind: 'Equal' }, [numbers, step]), [shape.window, 1])
  const masks = config.layerKinds.map(({ window }) => ({
    windowMask: t.reshape(maskWhere(body, seen(body, step, numbers, window)), [1, 1, 1, shape.window]),
    cacheMask: cacheMask(values, body, started.state.position, state.position, window),
  }))
  const written: LayerCache[] = []
  let x = weights.embed(body.capture(state.token)) // [B, D]
  for (let layer = 0; layer < config.layers; layer++) {
    const kind = config.kindOfLayer[layer]!
    const attend = windowAttention(
      body,
      { config, angles: anglesAt(tables[kind]!, state.position) },
      { isColumn, ...masks[kind]! },
      started.caches[layer]!,
      windows[layer]!,
      (window) => written.push(window),
    )
    x = decoderLayer(config, x, weights.layer(layer), attend, shape.compute)
  }
  const logits = weights.head(x) // [B, V]
  const count = madeCounts(body, state, queue)
  const placeOf = recordPlaces(values, body, state, count)
  const uniform = body.apply({ kind: 'GatherAxis', axis: 0 }, [values.uniforms, placeOf])
  const tokens = sampleTokens(logits, shape, values.temperature, uniform)
  const cap = body.apply({ kind: 'GatherAxis', axis: 0 }, [queue.caps, state.item])
  const isLast = body.apply({ kind: 'LessOrEqual' }, [t.sub(cap, body.scalar(1, 'i32')), count])
  const ended = shape.eosIds
    .map((id) => body.apply({ kind: 'Equal' }, [tokens, body.scalar(id, 'i32')]))
    .reduce((a, b) => body.apply({ kind: 'Or' }, [a, b]), isLast)
  const recorded = records.map((record, i) =>
    body.apply({ kind: 'ReplaceRows' }, [record, i === 0 ? tokens : logits, placeOf]),
  )
  return { state: advancedSlots(body, state, tokens, ended), records: recorded, windows: written }
}

/** Where a slot's token is recorded, i64 [B]: in its item's row; a free slot has a place of its own behind all rows. */
function recordPlaces(
  { shape, queue, rowWidth }: LoopValues,
  body: Graph,
  state: SlotState,
  count: Value,
): Value {
  const own = t.add(t.mul(body.capture(state.item), rowWidth), count)
  const rows = body.apply({ kind: 'ReduceMax', keepDims: true }, [queue.items]) // J − 1
  const behind = t.mul(t.add(rows, body.scalar(1, 'i32')), rowWidth)
  const slots = body.constant(
    Int32Array.from({ length: shape.slots }, (_, i) => i),
    'i32',
    [shape.slots],
  )
  return t.cast(body.apply({ kind: 'Where' }, [state.open, own, t.add(slots, behind)]), 'i64')
}

/** What the tokens of a step see of the cache, which ends where the round began: f32 [B, 1, 1, C]. */
function cacheMask(
  { columns, shape }: LoopValues,
  body: Graph,
  started: Value,
  position: Value,
  window: number | null,
): Value {
  const perSlot = (x: Value) => t.reshape(body.capture(x), [shape.slots, 1, 1, 1])
  const column = t.reshape(body.capture(columns), [1, 1, 1, -1])
  const isThere = body.apply({ kind: 'Less' }, [column, perSlot(started)])
  if (window === null) return maskWhere(body, isThere)
  const first = t.sub(perSlot(position), body.scalar(window, 'i32'))
  return maskWhere(
    body,
    body.apply({ kind: 'And' }, [isThere, body.apply({ kind: 'Less' }, [first, column])]),
  )
}
