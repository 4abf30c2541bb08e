import { expect, test } from 'vitest'
import { missingRoles, roleOf, withFormat, withRole } from '../../../src/renderer/dataset/column-roles.ts'
import { placeLabels } from '../../../src/renderer/dataset/place-labels.ts'

const layout = {
  format: 'prompt-response' as const,
  roles: [
    { role: 'prompt', required: true },
    { role: 'response', required: true },
    { role: 'system', required: false },
  ],
}
const columns = ['ask', 'Response', 'system'].map((name) => ({ name, type: 'text', first: '' }))
const nothing = { format: 'messages' as const, columns: {} }

test('a new layout takes the columns that are called like its roles and says what is missing', () => {
  const mapping = withFormat(layout, columns, nothing)
  expect(mapping).toEqual({ format: 'prompt-response', columns: { response: 'Response', system: 'system' } })
  expect(missingRoles(mapping, layout)).toEqual(['prompt'])
  expect(missingRoles(withRole(mapping, 'ask', 'prompt'), layout)).toEqual([])
})

test('a role that was chosen stays through a change of layout', () => {
  const before = { format: 'chosen-rejected' as const, columns: { prompt: 'ask', chosen: 'Response' } }
  expect(withFormat(layout, columns, before).columns).toEqual({
    prompt: 'ask',
    response: 'Response',
    system: 'system',
  })
})

test('a column has one role and a role one column', () => {
  const first = withRole({ format: 'prompt-response', columns: {} }, 'a', 'prompt')
  const moved = withRole(withRole(first, 'b', 'response'), 'a', 'response')
  expect(moved.columns).toEqual({ response: 'a' })
  expect([roleOf(moved, 'a'), roleOf(moved, 'b')]).toEqual(['response', null])
  expect(withRole(moved, 'a', null).columns).toEqual({})
})

test('labels of a chart never overlap and never leave it', () => {
  const at = (key: string, x: number, ...lines: string[]) => ({ key, x, lines })
  const placed = placeLabels(
    [
      at('limit', 640, 'Limit 1,024', '14 rows over'),
      at('median', 560, 'Median 556'),
      at('p95', 600, '95% under 834'),
    ],
    700,
  )
  const boxes = placed.flatMap(({ x, lane, atEnd, lines }) => {
    const width = 10 + 6.2 * Math.max(...lines.map((line) => line.length))
    return lines.map((_, i) => ({ lane: lane + i, from: atEnd ? x - width : x, to: atEnd ? x : x + width }))
  })
  for (const [i, a] of boxes.entries()) {
    expect(a.to).toBeLessThanOrEqual(700)
    for (const b of boxes.slice(i + 1))
      expect(a.lane !== b.lane || a.to <= b.from || b.to <= a.from).toBe(true)
  }
})
