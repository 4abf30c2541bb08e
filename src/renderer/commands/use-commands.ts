import { useMemo } from 'react'
import type { HomeView, ProjectView } from '../../contract/app.ts'
import { saveDiagnostics } from '../host/save-diagnostics.ts'
import { go, usePrimaryAction } from '../navigation.tsx'
import { useTell } from '../notices/notices.tsx'
import { hostStrings as words } from '../strings/host.ts'
import { messageOf, useMain } from '../use-main.ts'
import type { Command } from './command.ts'
import { focusNextPane } from './focus-pane.ts'
import { listCommands, type Doing } from './list-commands.ts'

/** What only the window itself can do. All are constants of it. */
export type WindowDoing = Pick<Doing, 'togglePalette' | 'openProject' | 'toggleSidebar' | 'showAbout'>

/** Everything that can be done from here; what fails is told beside the page. */
export function useCommands(
  { home, project }: { home: HomeView | null; project: ProjectView | null },
  { togglePalette, openProject, toggleSidebar, showAbout }: WindowDoing,
): Command[] {
  const client = useMain()
  const primary = usePrimaryAction()
  const tell = useTell()
  return useMemo(() => {
    const attempt = (work: Promise<unknown>, title: string = words.failedToDo): void => {
      work.catch((error: unknown) => tell({ id: 'command', kind: 'error', title, text: messageOf(error) }))
    }
    return listCommands(
      { home, project },
      {
        go,
        togglePalette,
        openProject,
        toggleSidebar,
        showAbout,
        createProject: () =>
          attempt(
            client
              .call('createProject', {})
              .then(({ projectId }) => go({ name: 'project', projectId, step: 'model' })),
          ),
        stopRun: (runId) => attempt(client.call('stopRun', { runId })),
        resumeRun: (runId) => attempt(client.call('resumeRun', { runId })),
        setColors: (colorScheme) => attempt(client.call('setPreferences', { colorScheme })),
        primary: () => primary.current?.(),
        focusPane: focusNextPane,
        saveDiagnostics: () =>
          attempt(
            saveDiagnostics(client).then(
              (saved) => saved && tell({ id: 'diagnostics', kind: 'info', title: saved }),
            ),
            words.diagnosticsFailed,
          ),
      },
    )
  }, [client, primary, tell, home, project, togglePalette, openProject, toggleSidebar, showAbout])
}
