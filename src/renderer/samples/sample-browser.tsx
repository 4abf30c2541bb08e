import { useEffect, useMemo, useRef, useState } from 'react'
import type { SampleIteration, SampleQuery, SampleSplit } from '../../contract/app.ts'
import { whole } from '../components/numbers.ts'
import { PageFrame } from '../components/page-frame.tsx'
import { useKept } from '../components/use-kept.ts'
import { useKeys } from '../components/use-keys.ts'
import { samplesStrings as words } from '../strings/samples.ts'
import { opponentName } from './opponent-name.ts'
import { useAction, useMain } from '../use-main.ts'
import { SampleDetail } from './sample-detail.tsx'
import { SampleFilters } from './sample-filters.tsx'
import { SampleList } from './sample-list.tsx'
import { SampleSetSwitch } from './sample-set-switch.tsx'
import { ExportRows } from './export-rows.tsx'
import { useFlags, useSampleOrder, useSampleRow } from './use-samples.ts'

/** Somebody who is typing is not asked for. */
const searchDelayMs = 200

/** The list on the left, the chosen row on the right. */
export function SampleBrowser({
  run,
  projectId,
  iterations,
  iteration,
  split,
  onIteration,
  onSplit,
}: {
  run: number
  projectId: string
  iterations: SampleIteration[]
  iteration: SampleIteration
  split: SampleSplit
  onIteration: (iteration: number) => void
  onSplit: (split: SampleSplit) => void
}) {
  const [choice, setChoice] = useKept<SampleQuery>(`samples-${projectId}`, {
    filter: 'all',
    search: '',
    sort: 'largest-margin',
  })
  const search = useSettled(choice.search.trim(), searchDelayMs)
  const query = { ...choice, search }
  const [chosenRow, chooseRow] = useState<number | null>(null)
  const searchField = useRef<HTMLInputElement>(null)
  const flags = useFlags(projectId)
  const action = useAction()
  const set = { projectId, iteration: iteration.iteration, split }
  const version = JSON.stringify([iteration.hasScores, iteration.hasAnswers, iteration.rows])
  const order = useSampleOrder(set, query, `${version} ${flags.ids.size}`)
  const rows = order.value?.rows
  const position = useMemo(() => {
    if (!rows || rows.length === 0) return -1
    return chosenRow === null ? 0 : Math.max(0, rows.indexOf(chosenRow))
  }, [rows, chosenRow])
  const margins = order.value?.margins
  const known = useMemo(
    () => margins?.reduce((n, margin) => n + Number(!Number.isNaN(margin)), 0) ?? 0,
    [margins],
  )
  const row = rows && position >= 0 ? rows[position]! : null
  const move = (by: number): void => {
    if (!rows || rows.length === 0) return
    chooseRow(rows[Math.min(rows.length - 1, Math.max(0, position + by))]!)
  }
  const step = (by: number): void => {
    const at = iterations.findIndex((one) => one.iteration === iteration.iteration)
    const next = iterations[at + by]
    if (next) onIteration(next.iteration)
  }
  const sample = useSampleRow(set, row, version)
  const client = useMain()
  // The row may still be on its way: the key was meant for it all the same.
  const flag = async (): Promise<void> => {
    if (row === null) return
    const isHere = sample.value?.row === row
    const found = isHere ? sample.value : (await client.call('sampleRow', { ...set, row })).row
    if (found) flags.toggle(found.id)
  }
  const [down, up] = [() => move(1), () => move(-1)]
  useKeys({
    '/': () => searchField.current?.focus(),
    j: down,
    ArrowDown: down,
    k: up,
    ArrowUp: up,
    '[': () => step(-1),
    ']': () => step(1),
    f: () => action.run(flag),
  })
  return (
    <PageFrame
      title={words.title}
      subtitle={words.subtitle(
        run,
        iteration.iteration,
        opponentName(iteration),
        whole(iteration.rows[split] ?? 0),
        split,
      )}
      actions={
        <>
          <SampleSetSwitch
            {...{ iterations, iteration, split, onIteration }}
            onSplit={(next) => {
              chooseRow(null) // the same number is another row there
              onSplit(next)
            }}
          />
          <ExportRows set={set} query={query} run={run} />
        </>
      }
      rightName={words.sample}
      right={
        <SampleDetail
          set={set}
          iteration={iteration}
          sample={sample}
          version={version}
          flags={flags}
          rank={{
            position,
            rows: known,
            isByMargin: query.sort === 'largest-margin' && query.filter === 'all' && query.search === '',
          }}
        />
      }
    >
      <div className="sample-pane">
        <SampleFilters
          query={choice}
          counts={order.value?.counts ?? null}
          loading={order.loading}
          searchField={searchField}
          onChange={setChoice}
          onLeave={move}
        />
        <SampleList
          set={set}
          order={order}
          position={position}
          flagged={flags.ids}
          onChoose={(at) => rows && chooseRow(rows[at]!)}
          onMove={move}
        />
      </div>
    </PageFrame>
  )
}

/** A value once it has stayed the same for a while. */
function useSettled(value: string, delayMs: number): string {
  const [settled, settle] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => settle(value), delayMs)
    return () => clearTimeout(timer)
  }, [value, delayMs])
  return value === '' ? '' : settled
}
