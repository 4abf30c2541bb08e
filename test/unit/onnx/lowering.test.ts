import { describe, expect, test } from 'vitest'
import { loweringRules } from '../../../src/engine/onnx/lowering-rules.ts'
import { Program } from '../../../src/engine/onnx/program.ts'
import { caseProgram } from '../tensor/case-program.ts'
import { opCases } from '../tensor/op-cases.ts'
import { evaluate } from '../tensor/reference-evaluator.ts'

// Of an output's largest number: float64 differs in the order of summation alone; float32 keeps 24 bits, and sums of
// a few terms and ONNX Runtime's polynomial exp lose some of them.
const tolerance = { f64: 1e-13, f32: 2e-6 } as const

describe.each(['f32', 'f64'] as const)('in %s, ONNX Runtime computes what the op says', (precision) => {
  for (const opCase of opCases.filter(({ precisions }) => precisions.includes(precision))) {
    test(`${opCase.kind}: ${opCase.name}`, async () => {
      const { graph, feeds } = caseProgram(opCase, precision)
      const program = await Program.compile(graph, { threads: 1 })
      const found = await program.run(feeds)
      await program.release()
      const expected = evaluate(graph, feeds)
      expect(Object.keys(found).toSorted()).toEqual(Object.keys(expected).toSorted())
      for (const [name, { data }] of Object.entries(expected)) {
        const numbers = Array.from(found[name]! as ArrayLike<number>, Number)
        expect(numbers).toHaveLength(data.length)
        const limit = tolerance[precision] * Math.max(1, ...data.map(Math.abs))
        for (const [i, value] of data.entries())
          expect(Math.abs(numbers[i]! - value)).toBeLessThanOrEqual(limit)
      }
    })
  }
})

test('every op has a case here, or a test file of its own', () => {
  const elsewhere = ['External', 'CachedAttention', 'Loop']
  expect([...new Set([...opCases.map(({ kind }) => kind), ...elsewhere])].toSorted()).toEqual(
    Object.keys(loweringRules).toSorted(),
  )
})
