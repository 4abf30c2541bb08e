import { Button } from '@mantine/core'
import { useState } from 'react'
import type { HomeView, LiveProgress, ProjectSummary, RunSummary } from '../../contract/app.ts'
import { day, whole } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { addressOf } from '../navigation.tsx'
import { ProjectMenu } from '../projects/project-menu.tsx'
import { gainOf, isWorse, showGain } from '../runs/run-score.ts'
import { homeStrings as words } from '../strings/home.ts'
import { LastRun } from './last-run.tsx'
import { Sparkline } from './sparkline.tsx'

const shownFirst = 8

/** Last opened first: what each is made of, how far it has come, and the best that came out. */
export function ProjectsTable({
  projects,
  runs,
  progress,
  act,
}: Pick<HomeView, 'projects' | 'runs' | 'progress'> & { act: (work: () => Promise<unknown>) => void }) {
  const [all, setAll] = useState(false)
  const shown = all ? projects : projects.slice(0, shownFirst)
  const { recent } = words
  return (
    <Section title={recent.title} hint={whole(projects.length)}>
      <table className="list two-line recent">
        <thead>
          <tr>
            <th>{recent.project}</th>
            <th>{recent.dataset}</th>
            <th>{recent.lastRun}</th>
            <th>{recent.scores}</th>
            <th className="end">{recent.gain}</th>
            <th className="end">{recent.opened}</th>
            <th>
              <span className="visually-hidden">{recent.menu}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((project) => (
            <ProjectRow
              key={project.id}
              project={project}
              run={runs.find(({ id }) => id === project.run) ?? null}
              progress={progress}
              act={act}
            />
          ))}
        </tbody>
      </table>
      {projects.length > shown.length && (
        <Button variant="subtle" onClick={() => setAll(true)}>
          {recent.more(whole(projects.length - shown.length))}
        </Button>
      )}
    </Section>
  )
}

function ProjectRow({
  project,
  run,
  progress,
  act,
}: {
  project: ProjectSummary
  run: RunSummary | null
  progress: LiveProgress | null
  act: (work: () => Promise<unknown>) => void
}) {
  const { id: projectId, name, model, dataset, rows, step } = project
  const { recent } = words
  const gain = run && gainOf(run)
  return (
    <tr>
      <td>
        <a
          href={addressOf({ name: 'project', projectId, step })}
          className="link key ellipsis"
          title={project.dir}
        >
          {name}
        </a>
        <span className="hint ellipsis">{model ?? recent.noModel}</span>
      </td>
      <td>
        <span className="ellipsis" title={dataset ?? undefined}>
          {dataset ?? <span className="hint">{recent.noDataset}</span>}
        </span>
        {dataset !== null && (
          <span className="hint">{rows === null ? recent.noRows : recent.rows(whole(rows))}</span>
        )}
      </td>
      <td>
        <LastRun run={run} step={step} progress={progress} />
      </td>
      <td>{run ? <Sparkline run={run} /> : <span className="hint">{recent.noScore}</span>}</td>
      <td className={`end${run && isWorse(run, gain) ? ' worse' : ''}`}>
        {run && gain !== null ? <Gain text={showGain(run, gain)} /> : '–'}
      </td>
      <td className="end secondary">{run?.live ? recent.now : day(project.updatedAt)}</td>
      <td className="end">
        <ProjectMenu project={project} run={run} onProblem={act} />
      </td>
    </tr>
  )
}

/** "+1.9 pts": the number carries, its unit is said. */
function Gain({ text }: { text: string }) {
  const [number, ...unit] = text.split(' ')
  return (
    <>
      <strong>{number}</strong> <span className="unit">{unit.join(' ')}</span>
    </>
  )
}
