import { plainText } from './inline-text.ts'
import { textOf, type HelpSection, type Topic } from './topic.ts'

export interface Found {
  topic: Topic
  /** null = the topic as a whole: its title or summary has the words. */
  section: HelpSection | null
  /** Around the first word that was found. */
  excerpt: string
}

const before = 40
const excerptLength = 160
const mostFound = 30

/** Topics and their sections that have every word of the search: titles first, in the order of the topics otherwise. */
export function searchTopics(topics: readonly Topic[], search: string): Found[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return []
  const has = (text: string): boolean => wanted.every((word) => text.toLowerCase().includes(word))
  const ranked = topics.flatMap((topic) => {
    const head = { topic, section: null, excerpt: topic.summary }
    const inSections = topic.sections.flatMap((section) => {
      const text = section.blocks.map((block) => plainText(textOf(block))).join(' ')
      if (!has(`${section.title} ${text}`)) return []
      return [{ rank: has(section.title) ? 1 : 2, found: { topic, section, excerpt: around(text, wanted) } }]
    })
    return has(`${topic.title} ${topic.summary}`) || has(topic.id)
      ? [{ rank: 0, found: head }, ...inSections]
      : inSections
  })
  return ranked
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, mostFound)
    .map(({ found }) => found)
}

function around(text: string, wanted: readonly string[]): string {
  const lower = text.toLowerCase()
  const at = Math.max(0, Math.min(...wanted.map((word) => lower.indexOf(word)).filter((found) => found >= 0)))
  if (!Number.isFinite(at)) return text.slice(0, excerptLength)
  const start = at <= before ? 0 : text.lastIndexOf(' ', at - before) + 1
  const end = start + excerptLength
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`
}
