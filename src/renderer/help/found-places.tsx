import { addressOf } from '../navigation.tsx'
import { helpStrings as words } from '../strings/help.ts'
import { searchTopics } from './search-topics.ts'
import type { HelpSection, Topic } from './topic.ts'

/** Where the words of a search are, with what stands around them. */
export function FoundPlaces({
  topics,
  search,
  onOpen,
}: {
  topics: readonly Topic[]
  search: string
  onOpen: (section: HelpSection | null) => void
}) {
  const found = searchTopics(topics, search)
  return (
    <>
      <p className="hint" role="status">
        {found.length === 0 ? words.nothing(search.trim()) : words.found(found.length)}
      </p>
      <ul className="help-found">
        {found.map(({ topic, section, excerpt }) => (
          <li key={`${topic.id} ${section?.title ?? ''}`}>
            <a href={addressOf({ name: 'help', topic: topic.id })} onClick={() => onOpen(section)}>
              {section === null ? topic.title : `${topic.title}: ${section.title}`}
            </a>
            <p className="secondary">{excerpt}</p>
          </li>
        ))}
      </ul>
    </>
  )
}
