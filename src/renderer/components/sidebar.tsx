import { Tooltip } from '@mantine/core'
import { createContext, useContext, type ReactNode } from 'react'
import type { HomeView, ProjectView } from '../../contract/app.ts'
import { keysOfCommand } from '../commands/shown-keys.ts'
import { addressOf, inspectPages, wizardSteps, type Page, type ProjectStep } from '../navigation.tsx'
import { ProjectName } from '../projects/project-name.tsx'
import { windowStrings as words } from '../strings/window.ts'
import { Icon, type IconName } from './icon.tsx'
import { whole } from './numbers.ts'
import { stepState } from './step-state.ts'

const projectsListed = 6
const Folded = createContext(false)
const tipEvents = { hover: true, focus: true, touch: false }

/** App level on top, the open project's five steps and what can be inspected, help and settings at the bottom. */
export function Sidebar({
  page,
  home,
  project,
  isFolded,
}: {
  page: Page
  home: HomeView | null
  project: ProjectView | null
  /** To icons: their names are then tooltips, and still there for those who hear the page. */
  isFolded: boolean
}) {
  return (
    <Folded value={isFolded}>
      <nav className="sidebar" aria-label={words.pages}>
        <Row page={{ name: 'home' }} open={page} icon="home" words={words.home} />
        <Row page={{ name: 'models' }} open={page} icon="models" words={words.models} />
        <Row page={{ name: 'runs' }} open={page} icon="runs" words={words.runs} fact={countOf(home)} />
        <Row page={{ name: 'compare', runs: [] }} open={page} icon="compare" words={words.compare} />
        {project ? (
          <ProjectRows project={project} home={home} page={page} />
        ) : (
          <OpenProjects home={home} page={page} />
        )}
        <div className="sidebar-end">
          <Row
            page={{ name: 'help', topic: null }}
            open={page}
            icon="help"
            words={words.help}
            fact={keysOfCommand('help')}
          />
          <Row
            page={{ name: 'settings' }}
            open={page}
            icon="settings"
            words={words.settings}
            fact={keysOfCommand('settings')}
          />
        </div>
      </nav>
    </Folded>
  )
}

const countOf = (home: HomeView | null): string =>
  home && home.runs.length > 0 ? whole(home.runs.length) : ''

function ProjectRows({ project, home, page }: { project: ProjectView; home: HomeView | null; page: Page }) {
  const isFolded = useContext(Folded)
  const { id: projectId } = project
  const row = (step: ProjectStep) => ({ name: 'project', projectId, step }) as const
  return (
    <>
      <ProjectName project={project} locked={project.run?.live ?? false} />
      {wizardSteps.map((step, i) => {
        const { done, reachable, fact } = stepState(project, home, step)
        return (
          <NavLink
            key={step}
            page={row(step)}
            open={page}
            isDim={!reachable}
            tip={words.stepTip(words.steps[step], i + 1)}
          >
            <span className={`step-mark${done ? ' done' : ''}`}>
              {/* Folded, the number is all that tells the steps apart. */}
              {done && !isFolded ? <Icon name="check" size={10} /> : i + 1}
            </span>
            <span className="name">{words.steps[step]}</span>
            <span className="fact number">{fact}</span>
          </NavLink>
        )
      })}
      <h2>{words.inspect}</h2>
      {inspectPages.map((step) => (
        <Row key={step} page={row(step)} open={page} icon={step} words={words.steps[step]} />
      ))}
    </>
  )
}

function OpenProjects({ home, page }: { home: HomeView | null; page: Page }) {
  if (!home || home.projects.length === 0) return null
  return (
    <>
      <h2>{words.openProjects}</h2>
      {home.projects.slice(0, projectsListed).map(({ id, name, step, run }) => (
        <Row
          key={id}
          page={{ name: 'project', projectId: id, step }}
          open={page}
          icon={run !== null && run === home.liveRun ? 'play' : 'folder'}
          words={name}
        />
      ))}
    </>
  )
}

function Row({
  page,
  open,
  icon,
  words: name,
  fact = '',
}: {
  page: Page
  open: Page
  icon: IconName
  words: string
  fact?: string
}) {
  return (
    <NavLink page={page} open={open} tip={name}>
      <Icon name={icon} />
      <span className="name">{name}</span>
      {fact && <span className="fact number">{fact}</span>}
    </NavLink>
  )
}

function NavLink({
  page,
  open,
  tip,
  isDim = false,
  children,
}: {
  page: Page
  open: Page
  tip: string
  isDim?: boolean
  children: ReactNode
}) {
  const isFolded = useContext(Folded)
  return (
    <Tooltip label={tip} position="right" openDelay={isFolded ? 100 : 800} events={tipEvents}>
      <a
        href={addressOf(page)}
        className={`nav-row${isDim ? ' dim' : ''}`}
        aria-current={isOpen(open, page) ? 'page' : undefined}
      >
        {children}
      </a>
    </Tooltip>
  )
}

const isOpen = (open: Page, page: Page): boolean =>
  open.name === page.name && (page.name !== 'project' || addressOf(open) === addressOf(page))
