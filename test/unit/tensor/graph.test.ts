import { describe, expect, test } from 'vitest'
import * as t from '../../../src/engine/tensor/build.ts'
import { cutGraph } from '../../../src/engine/tensor/cut-graph.ts'
import { Graph } from '../../../src/engine/tensor/graph.ts'

describe('a graph builds equal expressions once', () => {
  const graph = new Graph()
  const x = graph.input('x', 'f32', [2, 3])
  const y = graph.input('y', 'f32', [2, 3])

  test('the same op on the same values is the same value', () => {
    const nodes = graph.nodes.length
    const first = t.mul(t.exp(x), y)
    expect(t.mul(t.exp(x), y)).toBe(first)
    expect(graph.nodes.length).toBe(nodes + 2)
  })

  test('other inputs, another order or other attributes are not', () => {
    expect(t.sub(x, y)).not.toBe(t.sub(y, x))
    expect(t.rmsNorm(x, graph.input('w', 'f32', [3]), 1e-5)).not.toBe(
      t.rmsNorm(x, graph.input('w', 'f32', [3]), 1e-6),
    )
    expect(t.gemm(x, y, { transB: true })).not.toBe(t.gemm(x, y, { transB: true, alpha: 2 }))
    expect(t.reduceSum(x, [0])).not.toBe(t.reduceSum(x, [1]))
  })

  test('an input is one value per name', () => {
    expect(graph.input('x', 'f32', [2, 3])).toBe(x)
    expect(x).not.toBe(y)
  })

  test('small constants are shared by value and type', () => {
    expect(graph.scalar(0.5, 'f32')).toBe(graph.scalar(0.5, 'f32'))
    expect(graph.scalar(1, 'f32')).not.toBe(graph.scalar(1, 'f64'))
    expect(graph.scalar(1, 'i64')).not.toBe(graph.scalar(1, 'i32'))
    const pair = () => graph.constant(Float32Array.of(1, 2), 'f32', [2])
    expect(pair()).toBe(pair())
    expect(pair()).not.toBe(graph.constant(Float32Array.of(1, 2), 'f32', [1, 2]))
  })

  test('a value of another graph is not mistaken for one of this', () => {
    const outer = new Graph()
    const inner = new Graph()
    const [a, b] = [outer.input('v', 'f32', [1]), inner.input('v', 'f32', [1])]
    expect(inner.apply({ kind: 'Neg' }, [a])).not.toBe(inner.apply({ kind: 'Neg' }, [b]))
  })
})

describe('shapes are checked when an op is built', () => {
  const graph = new Graph()
  const of = (...shape: number[]) => graph.input(`v${shape}`, 'f32', shape)

  test('what fits has the shape that it should', () => {
    expect(t.gemm(of(3, 4), of(5, 4), { transB: true, bias: of(5) }).shape).toEqual([3, 5])
    expect(t.matMul(of(2, 6, 3, 4), of(2, 6, 3, 5), { transA: true }).shape).toEqual([2, 6, 4, 5])
    expect(t.add(of(2, 1, 4), of(3, 1)).shape).toEqual([2, 3, 4])
    expect(t.reduceSum(of(2, 3, 4), [0, 2]).shape).toEqual([3])
    expect(t.concat([of(2, 1), of(2, 3)], 1).shape).toEqual([2, 4])
    expect(t.transpose(of(2, 3, 4), [2, 0, 1]).shape).toEqual([4, 2, 3])
    expect(
      graph.applyAll({ kind: 'TopK', k: 2 }, [of(3, 4)]).map(({ shape, dtype }) => [shape, dtype]),
    ).toEqual([
      [[3, 2], 'f32'],
      [[3, 2], 'i64'],
    ])
    expect(graph.apply({ kind: 'Less' }, [of(3, 4), of(4)])).toMatchObject({ shape: [3, 4], dtype: 'bool' })
  })

  test.each([
    ['Gemm', () => t.gemm(of(3, 4), of(3, 4)), /a \[M,K\] and b \[K,N\], found \[3,4\] and \[3,4\]/],
    ['its bias', () => t.gemm(of(3, 4), of(4, 5), { bias: of(3) }), /a bias \[5\], found \[3\]/],
    ['MatMul', () => t.matMul(of(2, 3, 4), of(3, 4, 5)), /equal batches/],
    ['Add', () => t.add(of(2, 3), of(2)), /shapes that broadcast, found \[2,3\] and \[2\]/],
    ['mixed types', () => t.mul(of(2), graph.scalar(1, 'f64')), /two inputs of one type, found f32 and f64/],
    ['Reshape', () => t.reshape(of(2, 3), [4]), /6 elements, found \[4\]/],
    ['Slice', () => t.slice(of(4), 0, 2, 5), /a range inside 4, found 2\.\.5/],
    ['Rope', () => t.rope(of(2, 3, 8), of(4, 4), of(4, 4)), /x \[B,S,H·hd\]/],
    [
      'TokenLogProb',
      () => t.tokenLogProb(of(3, 7), graph.input('ids', 'i32', [4])),
      /logits \[R,V\] and targets \[R\]/,
    ],
    [
      'a constant',
      () => graph.constant(Float32Array.of(1, 2, 3), 'f32', [2, 2]),
      /4 elements for \[2,2\], found 3/,
    ],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(message)
  })
})

describe('the part of a graph between some values and others', () => {
  const graph = new Graph()
  const x = graph.input('x', 'f32', [2, 3])
  const w = graph.input('w', 'f32', [3, 4])
  const h = t.gemm(x, w)
  const [left, right] = t.split(t.exp(h), 1, [1, 3])
  const y = t.add(t.concat([left!, t.mul(left!, right!)], 1), t.neg(h))

  test('has the cut values as inputs, and nothing that only led to them', () => {
    const cut = cutGraph(new Map([['y', y]]), new Map([['h', h]]))
    expect(cut.nodes.map(({ op }) => (op.kind === 'Input' ? op.name : op.kind))).toEqual([
      'h',
      'Exp',
      'Split',
      'Mul',
      'Concat',
      'Neg',
      'Add',
    ])
    expect(cut.results.get('y')).toMatchObject({ shape: [2, 4], dtype: 'f32' })
  })

  test('without cuts is what the results need', () => {
    const whole = cutGraph(new Map([['h', h]]), new Map())
    expect(whole.nodes.map(({ op }) => (op.kind === 'Input' ? op.name : op.kind))).toEqual(['x', 'w', 'Gemm'])
  })

  test('cuts one of several outputs of a node', () => {
    const cut = cutGraph(new Map([['y', y]]), new Map([['left', left!]]))
    expect(cut.nodes.filter(({ op }) => op.kind === 'Input')).toHaveLength(3)
    expect(cut.nodes.filter(({ op }) => op.kind === 'Split')).toHaveLength(1)
  })
})
