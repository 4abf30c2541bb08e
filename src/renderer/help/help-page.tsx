import { useEffect, useRef, useState } from 'react'
import { PageFrame } from '../components/page-frame.tsx'
import { Section } from '../components/sections.tsx'
import { addressOf, usePage } from '../navigation.tsx'
import { helpStrings as words } from '../strings/help.ts'
import { anchorOf } from './anchor.ts'
import { FoundPlaces } from './found-places.tsx'
import { HelpSearch } from './help-search.tsx'
import './help.css'
import type { Topic } from './topic.ts'
import { TopicArticle } from './topic-article.tsx'
import { topics } from './topics/index.ts'

/** Docs for the person: topics, a search over all of them, and the parts of the open one. */
export function HelpPage() {
  const page = usePage()
  const wanted = page.name === 'help' ? page.topic : null
  const topic = wanted === null ? topics[0] : topics.find(({ id }) => id === wanted)
  const [search, setSearch] = useState('')
  const [place, setPlace] = useState<string | null>(null)
  const article = useRef<HTMLElement>(null)
  const isSearching = search.trim() !== ''
  useEffect(() => {
    if (isSearching) return
    const heading = place === null ? null : document.getElementById(place)
    if (heading) heading.scrollIntoView({ block: 'start' })
    else article.current?.closest('.pane')?.scrollTo({ top: 0 })
  }, [topic, place, isSearching])
  return (
    <PageFrame
      title={words.title}
      subtitle={words.subtitle}
      actions={<HelpSearch value={search} onChange={setSearch} />}
      right={<Contents topic={isSearching ? undefined : topic} onPlace={setPlace} />}
      rightWidth={240}
      rightName={words.onThisPage}
    >
      <div className="help">
        <TopicList open={topic} onOpen={() => setSearch('')} onPlace={setPlace} />
        <article ref={article} className="help-article">
          {isSearching ? (
            <FoundPlaces
              topics={topics}
              search={search}
              onOpen={(section) => {
                setPlace(section && anchorOf(section.title))
                setSearch('')
              }}
            />
          ) : topic ? (
            <TopicArticle topic={topic} />
          ) : (
            <p className="secondary">{words.unknown(wanted ?? '')}</p>
          )}
        </article>
      </div>
    </PageFrame>
  )
}

function TopicList({
  open,
  onOpen,
  onPlace,
}: {
  open: Topic | undefined
  onOpen: () => void
  onPlace: (place: null) => void
}) {
  return (
    <nav className="help-topics" aria-label={words.topics}>
      {topics.map(({ id, title }) => (
        <a
          key={id}
          className="nav-row"
          href={addressOf({ name: 'help', topic: id })}
          aria-current={open?.id === id ? 'page' : undefined}
          onClick={() => {
            onPlace(null)
            onOpen()
          }}
        >
          <span className="name">{title}</span>
        </a>
      ))}
    </nav>
  )
}

function Contents({ topic, onPlace }: { topic: Topic | undefined; onPlace: (place: string) => void }) {
  return (
    <Section title={words.onThisPage}>
      <ul className="help-contents">
        {topic?.sections.map(({ title }) => (
          <li key={title}>
            <button
              type="button"
              className="link"
              onClick={() => {
                onPlace(anchorOf(title))
                document.getElementById(anchorOf(title))?.scrollIntoView({ block: 'start' })
              }}
            >
              {title}
            </button>
          </li>
        ))}
      </ul>
    </Section>
  )
}
