import { expect, it } from 'vitest'
import { withNotice, type Notice } from '../../../src/renderer/notices/notice.ts'

const notice = (id: string, title = id): Notice => ({ id, kind: 'info', title })

it('a notice replaces the one of the same id, and the oldest go when there are too many', () => {
  const two = withNotice([notice('run-1'), notice('run-2')], notice('run-1', 'again'))
  expect(two.map(({ title }) => title)).toEqual(['run-2', 'again'])
  const many = ['a', 'b', 'c', 'd', 'e'].reduce<Notice[]>((all, id) => withNotice(all, notice(id)), [])
  expect(many.map(({ id }) => id)).toEqual(['b', 'c', 'd', 'e'])
})
