import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../../src/contract/errors.ts'
import { officialIterations, quickLook, sizePoints, workstationPlan } from '../../../src/contract/presets.ts'
import { GateSettings, GuardSettings } from '../../../src/contract/settings.ts'
import { findLicences } from '../../../src/renderer/about/find-licences.ts'
import { anchorOf } from '../../../src/renderer/help/anchor.ts'
import { inlineParts, plainText } from '../../../src/renderer/help/inline-text.ts'
import { searchTopics } from '../../../src/renderer/help/search-topics.ts'
import { textOf, type Topic } from '../../../src/renderer/help/topic.ts'
import { topics } from '../../../src/renderer/help/topics/index.ts'

const topicOf = (id: string): Topic => topics.find((topic) => topic.id === id)!
const allText = ({ sections }: Topic): string =>
  sections.flatMap(({ blocks }) => blocks.map((block) => plainText(textOf(block)))).join('\n')

describe('the topics', () => {
  it('have ids, titles and section anchors of their own', () => {
    expect(new Set(topics.map(({ id }) => id)).size).toBe(topics.length)
    for (const { id, sections } of topics) {
      const anchors = sections.map(({ title }) => anchorOf(title))
      expect(new Set(anchors).size, id).toBe(anchors.length)
      expect(anchors, id).not.toContain('')
    }
  })

  it('link only to topics that are there', () => {
    const ids = topics.map(({ id }) => id)
    const links = topics
      .flatMap(({ sections }) => sections.flatMap(({ blocks }) => blocks.map(textOf)))
      .flatMap(inlineParts)
      .flatMap((part) => (part.kind === 'link' ? [part.topic] : []))
    expect(links.length).toBeGreaterThan(5)
    expect(links.filter((link) => !ids.includes(link))).toEqual([])
  })

  it('explain every error code', () => {
    const errors = topicOf('errors')
    expect(errors.sections).toHaveLength(errorCodes.length)
    for (const code of errorCodes) expect(allText(errors)).toContain(`Its code is ${code}.`)
  })

  it('give the presets the numbers that they have', () => {
    const text = allText(topicOf('plan'))
    for (const { lr, beta } of officialIterations) {
      expect(text).toContain(lr.toExponential())
      expect(text).toContain(beta.toFixed(1))
    }
    for (const { lr, adapterRate } of sizePoints) {
      expect(text).toContain(lr.toExponential())
      expect(text).toContain(`× ${adapterRate}`)
    }
    const [first] = workstationPlan({ parameters: 1e9, rows: 10_000 }).iterations
    expect(text).toContain(`falls to ${100 * first!.training.schedule.finalRatio} %`)
    expect(text).toContain(`${quickLook.rows} rows`)
    expect(text).toContain(`${quickLook.heldOutRows} held-out prompts`)
    const guards = GuardSettings.parse({})
    expect(text).toContain(`by more than ${-guards.minRealShift} nats`)
    expect(text).toContain(`exceeds its best by ${100 * guards.heldOutTolerance} %`)
  })

  it('give the gates the limits that they have', () => {
    const text = allText(topicOf('run'))
    const { maxEqual, maxCapped, maxEmpty, step0Tolerance } = GateSettings.parse({})
    for (const share of [maxEqual, maxCapped, maxEmpty]) expect(text).toContain(`More than ${100 * share} %`)
    expect(text).toContain(`within ${step0Tolerance}`)
  })
})

describe('searchTopics', () => {
  it('finds a term wherever it is explained, titles before texts', () => {
    const found = searchTopics(topics, 'errors')
    expect(found[0]).toMatchObject({ topic: { id: 'errors' }, section: null })
    const disk = searchTopics(topics, 'disk_full')
    expect(disk[0]).toMatchObject({ topic: { id: 'errors' }, section: { title: 'The disk is full' } })
  })

  it('wants every word in one place, and shows what stands around the first', () => {
    const [found] = searchTopics(topics, 'paired bootstrap')
    expect(found).toMatchObject({ topic: { id: 'results' }, section: { title: 'Intervals' } })
    expect(found?.excerpt).toMatch(/bootstrap/)
    expect(found?.excerpt).not.toContain('**')
    expect(searchTopics(topics, 'paired zebra')).toEqual([])
  })

  it('finds nothing for nothing', () => {
    expect(searchTopics(topics, '   ')).toEqual([])
  })
})

it('words carry strong parts, code and links, and nothing else', () => {
  expect(inlineParts('See **this**, `that` and [Plan](plan).')).toEqual([
    { kind: 'text', text: 'See ' },
    { kind: 'strong', text: 'this' },
    { kind: 'text', text: ', ' },
    { kind: 'code', text: 'that' },
    { kind: 'text', text: ' and ' },
    { kind: 'link', text: 'Plan', topic: 'plan' },
    { kind: 'text', text: '.' },
  ])
  expect(plainText('a * b <img> [x] (y)')).toBe('a * b <img> [x] (y)')
})

it('licences are found by package and by licence', () => {
  const list = [
    { name: 'react', licence: 'MIT' },
    { name: 'ws', licence: 'MIT' },
    { name: 'duckdb', licence: 'Apache-2.0' },
  ]
  expect(findLicences(list, 'mit').map(({ name }) => name)).toEqual(['react', 'ws'])
  expect(findLicences(list, 'ws MIT').map(({ name }) => name)).toEqual(['ws'])
  expect(findLicences(list, '')).toHaveLength(3)
})
