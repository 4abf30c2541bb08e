import { Button, Menu, SegmentedControl } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { ComparedRun, HomeView } from '../../contract/app.ts'
import { smoothing } from '../charts/run-steps.ts'
import { Icon } from '../components/icon.tsx'
import { PageFrame } from '../components/page-frame.tsx'
import { EmptyState, Strip } from '../components/sections.tsx'
import { go, usePage } from '../navigation.tsx'
import { compareStrings as words } from '../strings/compare.ts'
import { messageOf, useMain } from '../use-main.ts'
import { ChangeChart } from './change-chart.tsx'
import { ComparedList } from './compared-list.tsx'
import { comparisonTable } from './comparison-table.ts'
import { OverlayChart } from './overlay-chart.tsx'
import type { HorizontalAxis } from './overlay-scale.ts'
import { SettingsDiff } from './settings-diff.tsx'
import { standsOut } from './stands-out.ts'
import './compare.css'

const mostCompared = 4
const ln2 = { value: Math.LN2, words: words.charts.ln2 }
const coinFlip = { value: 0.5, words: words.charts.half }

/** Runs side by side: settings that differ, curves on one scale, change from base. */
export function ComparePage({ home }: { home: HomeView | null }) {
  const page = usePage()
  const ids = page.name === 'compare' ? page.runs.slice(0, mostCompared) : []
  const [iterations, setIterations] = useState<Record<number, number>>({})
  const { runs, problem } = useComparison(ids, iterations)
  const show = (next: number[]): void => go({ name: 'compare', runs: next })
  const others = (home?.runs ?? []).filter(({ id }) => !ids.includes(id))
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
      <PageFrame
        title={words.title}
        actions={add}
        primary={{ words: words.empty.action, icon: 'runs', run: () => go({ name: 'runs' }) }}
      >
        <EmptyState title={words.empty.title}>{words.empty.words}</EmptyState>
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
            onClick={() => runs && download(comparisonTable(runs))}
          >
            {words.export}
          </Button>
        </>
      }
    >
      {problem && <Strip kind="error">{problem}</Strip>}
      {runs && (
        <div className="compare-panes">
          <div className="compare-left">
            <ComparedList
              runs={runs}
              onIteration={(id, iteration) => setIterations((before) => ({ ...before, [id]: iteration }))}
              onRemove={(id) => show(ids.filter((other) => other !== id))}
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

function Overlays({ runs }: { runs: readonly ComparedRun[] }) {
  const [axis, setAxis] = useState<HorizontalAxis>('iteration')
  const has = runs.some(({ curves }) => curves.length > 0)
  return (
    <div className="compare-right">
      <div className="spread">
        <SegmentedControl
          size="xs"
          aria-label={words.charts.byLabel}
          value={axis}
          onChange={(value) => setAxis(value as HorizontalAxis)}
          data={(['iteration', 'step', 'hour'] as const).map((value) => ({
            value,
            label: words.charts.by[value],
          }))}
        />
        <span className="hint">{words.charts.note(smoothing)}</span>
      </div>
      {has ? (
        <div className="compare-charts">
          <OverlayChart runs={runs} column="loss" axis={axis} from={0} reference={ln2} />
          <OverlayChart runs={runs} column="margin" axis={axis} />
          <OverlayChart runs={runs} column="rewardGenerated" axis={axis} />
          <OverlayChart runs={runs} column="accuracy" axis={axis} reference={coinFlip} />
        </div>
      ) : (
        <p className="hint">{words.charts.none}</p>
      )}
      <ChangeChart runs={runs} />
    </div>
  )
}

function useComparison(
  ids: readonly number[],
  iterations: Readonly<Record<number, number>>,
): { runs: ComparedRun[] | null; problem: string | null } {
  const client = useMain()
  const [loaded, setLoaded] = useState<{ runs: ComparedRun[] | null; problem: string | null }>({
    runs: null,
    problem: null,
  })
  const key = JSON.stringify(ids.map((runId) => ({ runId, iteration: iterations[runId] ?? null })))
  useEffect(() => {
    const items = JSON.parse(key) as { runId: number; iteration: number | null }[]
    if (items.length === 0) return
    const abort = new AbortController()
    client.call('compareRuns', { items }, { signal: abort.signal }).then(
      ({ runs }) => setLoaded({ runs, problem: null }),
      (error: unknown) => {
        if (!abort.signal.aborted) setLoaded({ runs: null, problem: messageOf(error) })
      },
    )
    return () => abort.abort()
  }, [client, key])
  return loaded
}

function download(text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  link.download = 'runs.csv'
  link.click()
  URL.revokeObjectURL(link.href)
}
