import { describe, expect, test } from 'vitest'
import { OptimizerSettings } from '../../../src/contract/settings.ts'
import { clipScale, gradientNorm } from '../../../src/engine/training/gradient-norm.ts'
import { createOptimizer } from '../../../src/engine/training/optimizer.ts'

const f32 = (...values: number[]) => Float32Array.from(values)
const settings = (over: Partial<OptimizerSettings>) => OptimizerSettings.parse({ lr: 0.1, ...over })

describe('RMSprop', () => {
  test('first step: v = 0.01·g², so the step is 10·lr·sign(g) whatever the size of g', () => {
    const p = f32(1, 1)
    createOptimizer(settings({ kind: 'rmsprop' }), new Map([['w', p]])).step(
      new Map([['w', f32(2, -0.5)]]),
      0.01,
    )
    expect(p[0]).toBeCloseTo(0.9, 6)
    expect(p[1]).toBeCloseTo(1.1, 6)
  })

  test('second step: v = 0.99·0.04 + 0.01·1 = 0.0496, step = 0.01·1/√0.0496', () => {
    const p = f32(1)
    const optimizer = createOptimizer(settings({ kind: 'rmsprop' }), new Map([['w', p]]))
    optimizer.step(new Map([['w', f32(2)]]), 0.01) // p = 0.9
    optimizer.step(new Map([['w', f32(1)]]), 0.01)
    expect(p[0]).toBeCloseTo(0.9 - 0.01 / Math.sqrt(0.0496), 6)
  })

  test('a step of lr 0 moves no parameter but does fill the average, as the first step of a warm-up', () => {
    const p = f32(1)
    const optimizer = createOptimizer(settings({ kind: 'rmsprop' }), new Map([['w', p]]))
    optimizer.step(new Map([['w', f32(3)]]), 0)
    expect(p[0]).toBe(1)
    expect(optimizer.state().get('square_avg.w')![0]).toBeCloseTo(0.09, 7)
  })
})

describe('AdamW', () => {
  test('first step: m̂ = g and v̂ = g², so the step is lr·sign(g), after decay by 1 − lr·λ', () => {
    const p = f32(2)
    createOptimizer(settings({ kind: 'adamw', weightDecay: 0.5 }), new Map([['w', p]])).step(
      new Map([['w', f32(-4)]]),
      0.1,
    )
    expect(p[0]).toBeCloseTo(2 * 0.95 + 0.1, 6)
  })

  test('second step by hand: m = .19, v = .001999 → m̂ = 1, v̂ = 1', () => {
    const p = f32(0)
    const optimizer = createOptimizer(settings({ kind: 'adamw' }), new Map([['w', p]]))
    for (let i = 0; i < 2; i++) optimizer.step(new Map([['w', f32(1)]]), 0.1)
    expect(p[0]).toBeCloseTo(-0.2, 6)
    expect(optimizer.state().get('exp_avg.w')![0]).toBeCloseTo(0.19, 6)
    expect(optimizer.state().get('exp_avg_sq.w')![0]).toBeCloseTo(0.001999, 8)
  })

  test('parameters named by noDecay are not decayed', () => {
    const norm = f32(2)
    createOptimizer(settings({ kind: 'adamw', weightDecay: 0.5 }), new Map([['norm', norm]]), {
      noDecay: (name) => name === 'norm',
    }).step(new Map([['norm', f32(0)]]), 0.1)
    expect(norm[0]).toBe(2)
  })
})

describe.each(['rmsprop', 'adamw'] as const)('%s', (kind) => {
  test('goes on from a saved state bit for bit', () => {
    const grads = [f32(0.3, -2), f32(1e-4, 5), f32(-1, 0.2), f32(0.7, 0.7)]
    const straight = f32(1, -1)
    const one = createOptimizer(settings({ kind }), new Map([['w', straight]]))
    for (const g of grads) one.step(new Map([['w', g]]), 0.01)

    const first = f32(1, -1)
    const before = createOptimizer(settings({ kind }), new Map([['w', first]]))
    for (const g of grads.slice(0, 2)) before.step(new Map([['w', g]]), 0.01)
    const saved = new Map([...before.state()].map(([name, data]) => [name, data.slice()]))
    const second = first.slice()
    const after = createOptimizer(settings({ kind }), new Map([['w', second]]))
    after.load(saved)
    for (const g of grads.slice(2)) after.step(new Map([['w', g]]), 0.01)
    expect(second).toEqual(straight)
  })

  test('a missing or short gradient is refused by name before anything moves', () => {
    const p = f32(1, 2)
    const optimizer = createOptimizer(settings({ kind }), new Map([['w', p]]))
    expect(() => optimizer.step(new Map(), 0.1)).toThrow(/"w" of 2 numbers.*found none/)
    expect(() => optimizer.step(new Map([['w', f32(1)]]), 0.1)).toThrow(/found 1/)
    expect(p).toEqual(f32(1, 2))
  })

  test('the state of another model is refused by name', () => {
    const optimizer = createOptimizer(settings({ kind }), new Map([['w', f32(1, 2)]]))
    const other = createOptimizer(settings({ kind }), new Map([['w', f32(1)]]))
    expect(() => optimizer.load(other.state())).toThrow(/\.w" with 2 numbers; found 1/)
  })
})

describe('gradient norm', () => {
  test('of 3-4-12 is 13, and the scale to 1 has the ε of PyTorch', () => {
    const grads = new Map([
      ['b', f32(3, 4)],
      ['a', f32(12)],
    ])
    expect(gradientNorm(grads)()).toBe(13)
    expect(clipScale(13, 1)).toBeCloseTo(1 / 13.000001, 12)
  })

  test('a small gradient is not scaled, and none where there is no limit', () => {
    expect(clipScale(0.5, 1)).toBe(1)
    expect(clipScale(100, null)).toBe(1)
  })

  test('is the same number whatever the order of the map', () => {
    const a = Float32Array.from({ length: 1001 }, (_, i) => Math.sin(i))
    const b = Float32Array.from({ length: 77 }, (_, i) => Math.cos(i) * 1e-3)
    const one = gradientNorm(
      new Map([
        ['a', a],
        ['b', b],
      ]),
    )()
    const other = gradientNorm(
      new Map([
        ['b', b],
        ['a', a],
      ]),
    )()
    expect(one).toBe(other)
  })

  test('NaN and infinity are refused, naming the tensor', () => {
    expect(() =>
      gradientNorm(
        new Map([
          ['fine', f32(1)],
          ['layer.0', f32(NaN)],
        ]),
      )(),
    ).toThrow(/first "layer\.0"/)
    expect(() => gradientNorm(new Map([['x', f32(Infinity)]]))()).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE' }),
    )
  })
})
