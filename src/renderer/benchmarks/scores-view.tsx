import { Select } from '@mantine/core'
import type { BenchmarksView } from '../../contract/app/benchmarks.ts'
import { useKept } from '../components/use-kept.ts'
import { EmptyState } from '../components/sections.tsx'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'
import { BenchmarksFrame, type ViewSwitch } from './benchmarks-frame.tsx'
import { AverageSection, TaskCharts } from './chart-sections.tsx'
import { ContaminationSection } from './contamination-section.tsx'
import { CopyMenu } from './copy-menu.tsx'
import { MoreSections } from './more-sections.tsx'
import { ProvenanceSection } from './provenance-section.tsx'
import { QueueSection } from './queue-section.tsx'
import { ScoreSection } from './score-section.tsx'
import { isOfSix, publishedBeside, scoreTable } from './score-table.ts'
import { settingsGroups, settingsName, type SettingsGroup } from './settings-groups.ts'
import { StandsOut } from './stands-out.tsx'
import { useDifferences } from './use-differences.ts'

/** The scores of one group of settings, what they mean, and where they come from. */
export function ScoresView({
  view,
  views,
  onOpen,
}: {
  view: BenchmarksView
  views: ViewSwitch
  onOpen: (evaluationId: number, task: string) => void
}) {
  const groups = settingsGroups(view.evaluations.filter(({ scores }) => scores.length > 0))
  const [chosen, choose] = useKept(`benchmark-settings-${view.runId}`, '')
  const group = groups.find(({ key }) => key === chosen) ?? groups[0]
  const primary = { words: words.toMeasure, icon: 'play', run: () => views.show('measure') } as const
  if (!group) {
    return (
      <BenchmarksFrame
        view={view}
        views={views}
        primary={primary}
        rightName={words.queue.title}
        right={<QueueSection view={view} />}
      >
        <EmptyState title={words.noScores.title}>{words.noScores.words}</EmptyState>
      </BenchmarksFrame>
    )
  }
  return (
    <Group
      key={group.key}
      view={view}
      views={views}
      group={group}
      switcher={
        <Select
          size="xs"
          aria-label={words.settings.name}
          title={words.settings.differs}
          data={groups.map(({ key, settings }) => ({ value: key, label: settingsName(settings) }))}
          value={group.key}
          allowDeselect={false}
          disabled={groups.length === 1}
          onChange={(key) => key !== null && choose(key)}
        />
      }
      primary={primary}
      onOpen={onOpen}
    />
  )
}

function Group({
  view,
  views,
  group,
  switcher,
  primary,
  onOpen,
}: {
  view: BenchmarksView
  views: ViewSwitch
  group: SettingsGroup
  switcher: React.ReactNode
  primary: { words: string; icon: 'play'; run: () => void }
  onOpen: (evaluationId: number, task: string) => void
}) {
  const { evaluations, models, published } = view
  const table = scoreTable(
    group,
    models.map(({ iteration }) => iteration),
  )
  const loaded = useDifferences(table, evaluations)
  const beside = publishedBeside(group, published)
  return (
    <BenchmarksFrame
      view={view}
      views={views}
      actions={<CopyMenu group={group} table={table} published={beside.rows} />}
      primary={primary}
      rightName={words.standsOut.title}
      rightWidth={344}
      right={
        <>
          <QueueSection view={view} />
          <StandsOut table={table} loaded={loaded} />
          <ContaminationSection view={view} tasks={table.columns.filter(isOfSix)} />
          <ProvenanceSection group={group} />
        </>
      }
    >
      <div className="bench-shown">
        {switcher}
        <p className="hint">{words.profileHelp[group.settings.profile]}</p>
      </div>
      <AverageSection table={table} />
      <ScoreSection
        table={table}
        published={beside.rows}
        whyNone={beside.why && words.table.publishedNone[beside.why]}
        differences={loaded.differences}
        onOpen={onOpen}
      />
      <TaskCharts table={table} />
      <MoreSections group={group} table={table} />
    </BenchmarksFrame>
  )
}
