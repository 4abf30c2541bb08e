import { Suspense, useCallback, useRef, useState } from 'react'
import type { HomeView, ProjectView } from '../contract/app.ts'
import { CommandBox, CommandPalette } from './commands/command-palette.tsx'
import { useCommands } from './commands/use-commands.ts'
import { useShortcuts } from './commands/use-shortcuts.ts'
import { EmptyState } from './components/sections.tsx'
import { Sidebar } from './components/sidebar.tsx'
import { StatusBar } from './components/status-bar.tsx'
import { TitleBar } from './components/title-bar.tsx'
import { useHostCommands } from './host/use-host-commands.ts'
import { usePreferredColors } from './host/use-preferred-colors.ts'
import { useRunNotices } from './host/use-run-notices.ts'
import { PrimaryAction, usePage, type Page } from './navigation.tsx'
import { NotConnected } from './not-connected.tsx'
import { appPages, HomePage, projectPages } from './pages.tsx'
import { windowStrings as words } from './strings/window.ts'
import { useStream } from './use-main.ts'
import { ProjectProvider } from './use-project.tsx'

const newest = <T,>(_before: T | null, event: T): T => event
const newestHome: (before: HomeView | null, event: HomeView) => HomeView = newest
const newestProject: (before: ProjectView | null, event: ProjectView) => ProjectView = newest

/** The window: title bar, sidebar, the open page, status bar. */
export function AppWindow() {
  const page = usePage()
  const { value: home, problem } = useStream('home', {}, newestHome)
  usePreferredColors()
  useRunNotices(home)
  if (problem) return <NotConnected problem={problem} />
  return page.name === 'project' ? (
    <ProjectWindow key={page.projectId} page={page} home={home} />
  ) : (
    <Frame page={page} home={home} project={null}>
      <AppPage page={page} home={home} />
    </Frame>
  )
}

function ProjectWindow({ page, home }: { page: Page & { name: 'project' }; home: HomeView | null }) {
  const { value: project, problem } = useStream('project', { projectId: page.projectId }, newestProject)
  const OpenPage = projectPages[page.step]
  return (
    <Frame page={page} home={home} project={project}>
      {project && OpenPage ? (
        <ProjectProvider value={project}>
          <OpenPage key={page.step} />
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
  const [isFolded, setFolded] = useState(false)
  const fold = useCallback(() => setFolded((before) => !before), [])
  return (
    <PrimaryAction.Provider value={primary}>
      <div className={isFolded ? 'window folded' : 'window'}>
        <TitleBar
          page={page}
          project={project}
          command={<Commands home={home} project={project} onFold={fold} />}
        />
        <Sidebar page={page} home={home} project={project} />
        <Suspense fallback={<main className="page" aria-busy="true" />}>{children}</Suspense>
        <StatusBar home={home} />
      </div>
    </PrimaryAction.Provider>
  )
}

/** The command box, the palette that it opens, and every shortcut. */
function Commands(props: { home: HomeView | null; project: ProjectView | null; onFold: () => void }) {
  const [isOpen, setOpen] = useState(false)
  const toggle = useCallback(() => setOpen((before) => !before), [])
  const commands = useCommands(props)
  useShortcuts(commands, toggle)
  useHostCommands(commands, toggle)
  return (
    <>
      <CommandBox onOpen={toggle} />
      {isOpen && <CommandPalette commands={commands} onClose={() => setOpen(false)} />}
    </>
  )
}
