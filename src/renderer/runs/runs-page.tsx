import { Button, TextInput } from '@mantine/core'
import { useRef, useState } from 'react'
import type { HomeView } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { whole } from '../components/numbers.ts'
import { PageFrame } from '../components/page-frame.tsx'
import { EmptyState, Strip } from '../components/sections.tsx'
import { useKept } from '../components/use-kept.ts'
import { useKeys } from '../components/use-keys.ts'
import { go } from '../navigation.tsx'
import { runsStrings as words } from '../strings/runs.ts'
import { RunDetails } from './run-details.tsx'
import { RunsList } from './runs-list.tsx'
import { useRuns } from './use-runs.ts'
import './runs.css'

const mostCompared = 4

/** Everything ever run: searched, annotated, chosen for comparison, deleted. */
export function RunsPage({ home }: { home: HomeView | null }) {
  const [search, setSearch] = useKept('runs-search', '')
  const version = home?.runs.map(({ id, state, best }) => `${id}${state}${best}`).join() ?? ''
  const { runs, more, problem, loading, loadMore, change } = useRuns(search, version)
  const [kept, setChosen] = useKept<readonly number[]>('runs-chosen', [])
  // One that was deleted meanwhile is no longer chosen; one that the search hides still is.
  const chosen =
    runs && !more && search === '' ? kept.filter((id) => runs.some((run) => run.id === id)) : kept
  const [openId, setOpenId] = useState<number | null>(null)
  const box = useRef<HTMLInputElement>(null)
  useKeys({ '/': () => box.current?.focus() })
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
          <RunDetails
            key={open.id}
            run={open}
            onChange={(changes) => change(open.id, changes)}
            onGone={() => {
              setOpenId(null)
              change(open.id, null)
            }}
          />
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
            setChosen(isChosen ? [...chosen, id] : chosen.filter((other) => other !== id))
          }
        />
      )}
      {more && (
        <div className="runs-more">
          <Button variant="default" loading={loading} onClick={loadMore}>
            {words.more}
          </Button>
        </div>
      )}
    </PageFrame>
  )
}
