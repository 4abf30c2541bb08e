import { SegmentedControl } from '@mantine/core'
import type { ReactNode } from 'react'
import type { BenchmarksView } from '../../contract/app/benchmarks.ts'
import { PageFrame, type Primary } from '../components/page-frame.tsx'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'

export const benchmarkViews = ['scores', 'questions', 'measure'] as const
export type BenchmarkViewName = (typeof benchmarkViews)[number]

export interface ViewSwitch {
  shown: BenchmarkViewName
  show(name: BenchmarkViewName): void
}

/** The page's frame around each of its views. */
export function BenchmarksFrame({
  view,
  views,
  actions,
  primary = null,
  right,
  rightName,
  rightWidth = 392,
  children,
}: {
  view: BenchmarksView
  views: ViewSwitch
  actions?: ReactNode
  primary?: Primary | null
  right: ReactNode
  rightName: string
  rightWidth?: number
  children: ReactNode
}) {
  const measured = view.models.filter(({ iteration }) =>
    view.evaluations.some(({ model, scores }) => model.iteration === iteration && scores.length > 0),
  )
  return (
    <PageFrame
      title={words.title}
      subtitle={words.subtitle(view.runId, view.models.length, measured.length)}
      actions={
        <>
          <SegmentedControl
            size="xs"
            aria-label={words.view}
            data={benchmarkViews.map((value) => ({ value, label: words.views[value] }))}
            value={views.shown}
            onChange={(value) => views.show(value as BenchmarkViewName)}
          />
          {actions}
        </>
      }
      primary={primary}
      right={right}
      rightName={rightName}
      rightWidth={rightWidth}
    >
      {children}
    </PageFrame>
  )
}
