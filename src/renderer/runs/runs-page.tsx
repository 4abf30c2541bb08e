import { Button, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { HomeView, ListedRun } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { whole } from '../components/numbers.ts'
import { PageFrame } from '../components/page-frame.tsx'
import { EmptyState, Strip } from '../components/sections.tsx'
import { go } from '../navigation.tsx'
import { runsStrings as words } from '../strings/runs.ts'
import { messageOf, useMain } from '../use-main.ts'
import { RunDetails } from './run-details.tsx'
import { RunsList } from './runs-list.tsx'
import './runs.css'

const mostCompared = 4

/** Everything ever run: searched, annotated, chosen for comparison, deleted. */
export function RunsPage({ home }: { home: HomeView | null }) {
  const [search, setSearch] = useState('')
  const version = home?.runs.map(({ id, state, best }) => `${id}${state}${best}`).join() ?? ''
  const { runs, more, problem, loadMore, reload } = useRuns(search, version)
  const [chosen, setChosen] = useState<readonly number[]>([])
  const [openId, setOpenId] = useState<number | null>(null)
  const box = useRef<HTMLInputElement>(null)
  const open = runs?.find(({ id }) => id === openId) ?? null
  if (runs?.length === 0 && search === '' && !problem)
    return (
      <PageFrame title={words.title}>
        <EmptyState title={words.empty.title}>{words.empty.words}</EmptyState>
      </PageFrame>
    )
  return (
    <PageFrame
      title={words.title}
      subtitle={runs ? words.subtitle(`${whole(runs.length)}${more ? '+' : ''}`) : undefined}
      primary={{
        words: words.compare(chosen.length),
        icon: 'compare',
        blocked: chosen.length < 2 ? words.compareBlocked : null,
        run: () => go({ name: 'compare', runs: [...chosen] }),
      }}
      rightWidth={320}
      rightName={words.details}
      right={
        open ? (
          <RunDetails key={open.id} run={open} onChange={reload} onGone={() => setOpenId(null)} />
        ) : (
          <p className="hint runs-pick">{words.pick}</p>
        )
      }
    >
      <div
        className="runs-search"
        onKeyDown={(event) => {
          if (event.key === 'Escape') setSearch('')
        }}
      >
        <TextInput
          ref={box}
          aria-label={words.search}
          placeholder={words.search}
          leftSection={<Icon name="search" size={14} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      <SlashFocus target={box} />
      {problem && <Strip kind="error">{problem}</Strip>}
      {runs && runs.length === 0 && <p className="hint runs-pick">{words.nothing}</p>}
      {runs && runs.length > 0 && (
        <RunsList
          runs={runs}
          openId={openId}
          chosen={chosen}
          isFull={chosen.length >= mostCompared}
          onOpen={setOpenId}
          onChoose={(id, isChosen) =>
            setChosen((before) => (isChosen ? [...before, id] : before.filter((other) => other !== id)))
          }
        />
      )}
      {more && (
        <div className="runs-more">
          <Button variant="default" onClick={loadMore}>
            {words.more}
          </Button>
        </div>
      )}
    </PageFrame>
  )
}

/** "/" goes to the search box, as in every list. */
function SlashFocus({ target }: { target: React.RefObject<HTMLInputElement | null> }) {
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      const inField = event.target instanceof HTMLElement && event.target.matches('input, textarea, select')
      if (event.key !== '/' || inField) return
      event.preventDefault()
      target.current?.focus()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [target])
  return null
}

interface Listed {
  runs: ListedRun[] | null
  more: boolean
  problem: string | null
}

function useRuns(search: string, version: string) {
  const client = useMain()
  const [listed, setListed] = useState<Listed>({ runs: null, more: false, problem: null })
  const [asked, setAsked] = useState(0)
  useEffect(() => {
    const abort = new AbortController()
    client.call('listRuns', { search }, { signal: abort.signal }).then(
      ({ runs, more }) => setListed({ runs, more, problem: null }),
      (error: unknown) => {
        if (!abort.signal.aborted) setListed((before) => ({ ...before, problem: messageOf(error) }))
      },
    )
    return () => abort.abort()
  }, [client, search, version, asked])
  return {
    ...listed,
    reload: () => setAsked((n) => n + 1),
    loadMore: () =>
      void client
        .call('listRuns', { search, beforeId: listed.runs?.at(-1)?.id ?? null })
        .then(({ runs, more }) =>
          setListed((before) => ({ runs: [...(before.runs ?? []), ...runs], more, problem: null })),
        ),
  }
}
