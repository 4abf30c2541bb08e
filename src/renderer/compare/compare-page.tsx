import { Button, Menu } from '@mantine/core'
import { useState } from 'react'
import type { ComparedRun, HomeView } from '../../contract/app.ts'
import { Icon } from '../components/icon.tsx'
import { PageFrame, PrimaryButton } from '../components/page-frame.tsx'
import { EmptyState, Strip } from '../components/sections.tsx'
import { saveBytes } from '../host/save-bytes.ts'
import { go, usePage } from '../navigation.tsx'
import { compareStrings as words } from '../strings/compare.ts'
import { useAction, useMain } from '../use-main.ts'
import { ComparedList } from './compared-list.tsx'
import { comparisonTable } from './comparison-table.ts'
import { Overlays } from './overlays.tsx'
import { SettingsDiff } from './settings-diff.tsx'
import { standsOut } from './stands-out.ts'
import { useComparison } from './use-comparison.ts'
import './compare.css'

const mostCompared = 4

/** Runs side by side: settings that differ, curves on one scale, change from base. */
export function ComparePage({ home }: { home: HomeView | null }) {
  const page = usePage()
  const ids = page.name === 'compare' ? page.runs.slice(0, mostCompared) : []
  const [iterations, setIterations] = useState<readonly (number | null)[]>([])
  const { runs, problem } = useComparison(ids, iterations, versionOf(ids, home))
  const client = useMain()
  const saving = useAction()
  const save = (text: string): void =>
    saving.run(() => saveBytes(client, words.file, new TextEncoder().encode(text)))
  const show = (next: number[]): void => go({ name: 'compare', runs: next })
  // A run may stand twice: its iterations against each other.
  const others = home?.runs ?? []
  const add = (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<Icon name="plus" />}
          disabled={others.length === 0 || ids.length >= mostCompared}
        >
          {words.add}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={400} style={{ overflow: 'auto' }}>
        <Menu.Label>{words.addFrom}</Menu.Label>
        {others.slice(0, 50).map(({ id, project }) => (
          <Menu.Item key={id} onClick={() => show([...ids, id])}>
            {words.runIn(project, id)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
  if (ids.length === 0) {
    return (
      <PageFrame title={words.title} actions={add}>
        <EmptyState
          title={words.empty.title}
          action={
            <PrimaryButton
              primary={{ words: words.empty.action, icon: 'runs', run: () => go({ name: 'runs' }) }}
            />
          }
        >
          {words.empty.words}
        </EmptyState>
      </PageFrame>
    )
  }
  return (
    <PageFrame
      title={words.title}
      subtitle={words.subtitle(ids.length)}
      actions={
        <>
          {add}
          <Button
            variant="default"
            leftSection={<Icon name="export" />}
            disabled={!runs}
            onClick={() => runs && save(comparisonTable(runs))}
          >
            {words.export}
          </Button>
        </>
      }
    >
      {(problem ?? saving.problem) && <Strip kind="error">{problem ?? saving.problem}</Strip>}
      {!runs && !problem && (
        <p className="center hint" aria-busy="true">
          {words.reading}
        </p>
      )}
      {runs && (
        <div className="compare-panes">
          <div className="compare-left">
            <ComparedList
              runs={runs}
              onIteration={(index, iteration) =>
                setIterations((before) => ids.map((_, i) => (i === index ? iteration : (before[i] ?? null))))
              }
              onRemove={(index) => {
                setIterations((before) => before.toSpliced(index, 1))
                show(ids.toSpliced(index, 1))
              }}
            />
            <SettingsDiff runs={runs} />
            <StandsOut runs={runs} />
          </div>
          <Overlays runs={runs} />
        </div>
      )}
    </PageFrame>
  )
}

/** A live run has come further with every twentieth of its stage. */
function versionOf(ids: readonly number[], home: HomeView | null): string {
  const share = home?.estimate?.stageShare ?? 0
  const known = (home?.runs ?? []).filter(({ id }) => ids.includes(id))
  return JSON.stringify(
    known.map(({ id, state, live, scores }) => [
      id,
      state,
      scores.length,
      live ? Math.floor(20 * share) : null,
    ]),
  )
}

function StandsOut({ runs }: { runs: readonly ComparedRun[] }) {
  const sentences = standsOut(runs)
  if (sentences.length === 0) return null
  return (
    <section className="section" aria-label={words.standsOut}>
      <h2>{words.standsOut}</h2>
      <p className="secondary">{sentences.join(' ')}</p>
    </section>
  )
}
