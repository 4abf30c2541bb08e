import { useMediaQuery } from '@mantine/hooks'
import { memo, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import type { HomeView, ProjectView } from '../contract/app.ts'
import { EmptyState } from './components/sections.tsx'
import { Sidebar } from './components/sidebar.tsx'
import { StatusBar } from './components/status-bar.tsx'
import { TitleBar } from './components/title-bar.tsx'
import { RunAnnouncer } from './host/run-announcer.tsx'
import { usePreferredColors } from './host/use-preferred-colors.ts'
import { useRunNotices } from './host/use-run-notices.ts'
import { PrimaryAction, usePage, type Page, type ProjectStep } from './navigation.tsx'
import { NotConnected } from './not-connected.tsx'
import { PageBoundary } from './page-boundary.tsx'
import { appPages, HomePage, projectPages } from './pages.tsx'
import { windowStrings as words } from './strings/window.ts'
import { useStream } from './use-main.ts'
import { ProjectProvider } from './use-project.tsx'
import { WindowCommands } from './window-commands.tsx'

const newest = <T,>(_before: T | null, event: T): T => event
const newestHome: (before: HomeView | null, event: HomeView) => HomeView = newest
const newestProject: (before: ProjectView | null, event: ProjectView) => ProjectView = newest

/** The window: title bar, sidebar, the open page, status bar. */
export function AppWindow({ isLost }: { isLost: boolean }) {
  const page = usePage()
  const { value: home, problem } = useStream('home', {}, newestHome)
  usePreferredColors()
  useRunNotices(home)
  // A lost connection ends every stream: what they brought stays to be read.
  if (problem && !isLost && !home) return <NotConnected problem={problem} />
  return (
    <>
      <RunAnnouncer home={home} page={page} />
      {page.name === 'project' ? (
        <ProjectWindow key={page.projectId} page={page} home={home} />
      ) : (
        <Frame page={page} home={home} project={null}>
          <AppPage page={page} home={home} />
        </Frame>
      )}
    </>
  )
}

function ProjectWindow({ page, home }: { page: Page & { name: 'project' }; home: HomeView | null }) {
  const { value: project, problem } = useStream('project', { projectId: page.projectId }, newestProject)
  return (
    <Frame page={page} home={home} project={project}>
      {project && projectPages[page.step] ? (
        <ProjectProvider value={project}>
          <ProjectPage key={page.step} step={page.step} />
        </ProjectProvider>
      ) : (
        <main className="page">
          {problem ? (
            <EmptyState title={words.projectGone} action={<a href="#/home">{words.goHome}</a>}>
              {problem}
            </EmptyState>
          ) : (
            <p className="center hint">{words.loading}</p>
          )}
        </main>
      )}
    </Frame>
  )
}

/** Home is news twice a second while a run works; a page of a project has nothing to do with it. */
const ProjectPage = memo(function ProjectPage({ step }: { step: ProjectStep }) {
  const OpenPage = projectPages[step]
  return OpenPage ? <OpenPage /> : null
})

function AppPage({ page, home }: { page: Exclude<Page, { name: 'project' }>; home: HomeView | null }) {
  const OpenPage = page.name === 'home' ? HomePage : appPages[page.name]
  return OpenPage ? <OpenPage home={home} /> : <HomePage home={home} />
}

const narrow = '(max-width: 1199px)'

function Frame({
  page,
  home,
  project,
  children,
}: {
  page: Page
  home: HomeView | null
  project: ProjectView | null
  children: React.ReactNode
}) {
  const primary = useRef<(() => void) | null>(null)
  const { isFolded, toggle } = useFold()
  return (
    <PrimaryAction.Provider value={primary}>
      <div className={isFolded ? 'window folded' : 'window'}>
        <TitleBar
          page={page}
          project={project}
          command={<WindowCommands home={home} project={project} toggleSidebar={toggle} />}
        />
        <Sidebar page={page} home={home} project={project} isFolded={isFolded} />
        <PageBoundary key={page.name === 'project' ? page.step : page.name}>
          <Suspense fallback={<main className="page" aria-busy="true" />}>{children}</Suspense>
        </PageBoundary>
        <StatusBar home={home} />
      </div>
    </PrimaryAction.Provider>
  )
}

/** The sidebar folds where the window is narrow, until a person says otherwise; of a crossing of that width it is asked anew. */
let folded: boolean | null = null
function useFold(): { isFolded: boolean; toggle: () => void } {
  const isNarrow = useMediaQuery(narrow, window.matchMedia(narrow).matches)
  const [chosen, setChosen] = useState(folded)
  const wasNarrow = useRef(isNarrow)
  useEffect(() => {
    if (wasNarrow.current === isNarrow) return
    wasNarrow.current = isNarrow
    folded = null
    setChosen(null)
  }, [isNarrow])
  const isFolded = chosen ?? isNarrow
  const toggle = useCallback(() => {
    folded = !isFolded
    setChosen(folded)
  }, [isFolded])
  return { isFolded, toggle }
}
