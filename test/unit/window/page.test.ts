import { expect, it } from 'vitest'
import { addressOf, pageAt, type Page } from '../../../src/renderer/page.ts'

it('every page comes back from its address', () => {
  const pages: Page[] = [
    { name: 'home' },
    { name: 'settings' },
    { name: 'help', topic: null },
    { name: 'help', topic: 'reading the charts' },
    { name: 'compare', runs: [3, 12] },
    { name: 'project', projectId: 'a/b c', step: 'samples' },
  ]
  for (const page of pages) expect(pageAt(addressOf(page))).toEqual(page)
})

it('an address that means nothing is Home, and a lone % does no harm', () => {
  expect(pageAt('#/nowhere')).toEqual({ name: 'home' })
  expect(pageAt('#/project/p1/nowhere')).toEqual({ name: 'home' })
  expect(pageAt('#/help/50%')).toEqual({ name: 'help', topic: '50%' })
  expect(pageAt('#/compare/1,x,-2,2')).toEqual({ name: 'compare', runs: [1, 2] })
})
