import type { OptimizerSettings } from '../../contract/settings.ts'
import type { DeviceTensor } from '../onnx/device-tensor.ts'
import * as t from '../tensor/build.ts'
import { Graph, type Shape, type Value } from '../tensor/graph.ts'

/**
 * The updates of adamw.ts and rmsprop.ts as programs, in float32 throughout. Inputs p, g and the moments (all of one shape), and
 * the numbers of a step; outputs `new p` and the new moments.
 */
export interface UpdateRule {
  /** Moments by PyTorch's names. */
  moments: readonly string[]
  /** The numbers of a step that are no settings, by input name. `step` counts from 1. */
  scalars(step: number, lr: number, scale: number): Record<string, number>
  build(shape: Shape): Graph
}

export const updateRule = (settings: OptimizerSettings): UpdateRule =>
  settings.kind === 'adamw' ? adamwRule(settings) : rmspropRule(settings)

function adamwRule({ beta1, beta2, eps, weightDecay }: OptimizerSettings): UpdateRule {
  return {
    moments: ['exp_avg', 'exp_avg_sq'],
    scalars: (step, lr, scale) => ({
      stepSize: lr / (1 - beta1 ** step),
      correction: 1 / Math.sqrt(1 - beta2 ** step),
      scale,
      keep: 1 - lr * weightDecay,
    }),
    build(shape) {
      const { graph, p, g, moment, scalar } = updateInputs(shape)
      const first = t.add(t.scale(moment('exp_avg'), beta1), t.scale(g, 1 - beta1))
      const second = t.add(t.scale(moment('exp_avg_sq'), beta2), t.scale(t.mul(g, g), 1 - beta2))
      const root = t.add(t.mul(t.sqrt(second), scalar('correction')), graph.scalar(eps, 'f32'))
      graph.output('new p', t.sub(t.mul(p, scalar('keep')), t.div(t.mul(first, scalar('stepSize')), root)))
      graph.output('new exp_avg', first)
      graph.output('new exp_avg_sq', second)
      return graph
    },
  }
}

function rmspropRule({ alpha, eps, weightDecay }: OptimizerSettings): UpdateRule {
  return {
    moments: ['square_avg'],
    scalars: (_, lr, scale) => ({ lr, scale }),
    build(shape) {
      const { graph, p, g: plain, moment, scalar } = updateInputs(shape)
      const g = weightDecay === 0 ? plain : t.add(plain, t.scale(p, weightDecay))
      const average = t.add(t.scale(moment('square_avg'), alpha), t.scale(t.mul(g, g), 1 - alpha))
      const root = t.add(t.sqrt(average), graph.scalar(eps, 'f32'))
      graph.output('new p', t.sub(p, t.div(t.mul(g, scalar('lr')), root)))
      graph.output('new square_avg', average)
      return graph
    },
  }
}

/** p, and g already scaled. */
function updateInputs(shape: Shape): {
  graph: Graph
  p: Value
  g: Value
  moment: (name: string) => Value
  scalar: (name: string) => Value
} {
  const graph = new Graph()
  const scalar = (name: string): Value => graph.input(name, 'f32', [])
  return {
    graph,
    p: graph.input('p', 'f32', shape),
    g: t.mul(graph.input('g', 'f32', shape), scalar('scale')),
    moment: (name) => graph.input(name, 'f32', shape),
    scalar,
  }
}

/** Output `squares` [1]: the sum of x², row by row first. */
export function squaresGraph(shape: Shape): Graph {
  const graph = new Graph()
  const x = graph.input('x', 'f32', shape)
  const rows = t.reshape(t.meanSquare(x), shape.slice(0, -1))
  const sum = t.scale(t.reduceSum(rows), shape.at(-1)!)
  graph.output('squares', t.reshape(sum, [1]))
  return graph
}

/** Tensors that one program reads at once: a shader binds eight buffers where an adapter promises no more. */
export const joinedAtOnce = 7

/** Output `joined` [n]: n inputs `0`, `1` … of these lengths after one another. */
export function joinGraph(lengths: readonly number[]): Graph {
  const graph = new Graph()
  graph.output(
    'joined',
    t.concat(
      lengths.map((length, i) => graph.input(String(i), 'f32', [length])),
      0,
    ),
  )
  return graph
}

/** What a map of tensors holds, freed. */
export function disposeAll(tensors: Map<string, DeviceTensor>): void {
  for (const tensor of tensors.values()) tensor.dispose()
  tensors.clear()
}
