import { memo, Suspense, useRef } from 'react'
import type { HomeView, ProjectView } from '../contract/app.ts'
import { EmptyState } from './components/sections.tsx'
import { DrawerButton, SidebarDrawer } from './components/sidebar-drawer.tsx'
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
import { useSidebar } from './use-sidebar.ts'
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
  const { form, isDrawerOpen, toggle, closeDrawer } = useSidebar()
  const sidebar = <Sidebar page={page} home={home} project={project} isFolded={form === 'folded'} />
  return (
    <PrimaryAction.Provider value={primary}>
      <div className={`window ${form}`}>
        <TitleBar
          page={page}
          project={project}
          navigation={form === 'drawer' && <DrawerButton isOpen={isDrawerOpen} onOpen={toggle} />}
          command={<WindowCommands home={home} project={project} toggleSidebar={toggle} />}
        />
        {form === 'drawer' ? (
          <SidebarDrawer isOpen={isDrawerOpen} onClose={closeDrawer}>
            {sidebar}
          </SidebarDrawer>
        ) : (
          sidebar
        )}
        <PageBoundary key={page.name === 'project' ? page.step : page.name}>
          <Suspense fallback={<main className="page" aria-busy="true" />}>{children}</Suspense>
        </PageBoundary>
        <StatusBar home={home} />
      </div>
    </PrimaryAction.Provider>
  )
}
