import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import type { HomeView, ProjectView } from '../contract/app.ts'
import { CommandBox, CommandPalette } from './commands/command-palette.tsx'
import { useCommands } from './commands/use-commands.ts'
import { useShortcuts } from './commands/use-shortcuts.ts'
import { useHostCommands } from './host/use-host-commands.ts'
import { useTell } from './notices/notices.tsx'
import { useOpenProject } from './projects/use-open-project.tsx'
import { hostStrings as words } from './strings/host.ts'

const AboutDialog = lazy(() => import('./about/about-dialog.tsx').then((m) => ({ default: m.AboutDialog })))

/** The command box, the palette that it opens, every shortcut, and the host's menu; dialogs that belong to no page. */
export function WindowCommands({
  home,
  project,
  toggleSidebar,
}: {
  home: HomeView | null
  project: ProjectView | null
  toggleSidebar: () => void
}) {
  const [isOpen, setOpen] = useState(false)
  const [about, setAbout] = useState(false)
  const togglePalette = useCallback(() => setOpen((before) => !before), [])
  const showAbout = useCallback(() => setAbout(true), [])
  const { openProject, dialog } = useOpening()
  const commands = useCommands({ home, project }, { togglePalette, showAbout, openProject, toggleSidebar })
  useShortcuts(commands)
  useHostCommands(commands)
  return (
    <>
      <CommandBox onOpen={togglePalette} />
      {isOpen && <CommandPalette commands={commands} onClose={() => setOpen(false)} />}
      {about && (
        <Suspense>
          <AboutDialog onClose={() => setAbout(false)} />
        </Suspense>
      )}
      {dialog}
    </>
  )
}

/** Opening a project from any page: what goes wrong is told beside it. */
function useOpening() {
  const tell = useTell()
  const { open, problem, dialog } = useOpenProject()
  const newest = useRef(open)
  useEffect(() => {
    newest.current = open
  })
  useEffect(() => {
    if (problem !== null) tell({ id: 'open-project', kind: 'error', title: words.failedToDo, text: problem })
  }, [problem, tell])
  return { openProject: useCallback(() => newest.current(), []), dialog }
}
