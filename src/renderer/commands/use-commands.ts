import { useMemo } from 'react'
import type { HomeView, Preferences, ProjectView } from '../../contract/app.ts'
import { go, inspectPages, usePrimaryAction, wizardSteps } from '../navigation.tsx'
import { commandStrings as words } from '../strings/commands.ts'
import { windowStrings } from '../strings/window.ts'
import { useMain } from '../use-main.ts'
import type { Command } from './command.ts'
import { focusNextPane } from './focus-pane.ts'

const listed = 50

/** Everything that can be done from here. */
export function useCommands({
  home,
  project,
  onFold,
}: {
  home: HomeView | null
  project: ProjectView | null
  onFold: () => void
}): Command[] {
  const client = useMain()
  const primary = usePrimaryAction()
  return useMemo(() => {
    const pages: Command[] = [
      { ...page('home', windowStrings.home), run: () => go({ name: 'home' }) },
      { ...page('models', windowStrings.models), run: () => go({ name: 'models' }) },
      { ...page('runs', windowStrings.runs), run: () => go({ name: 'runs' }) },
      { ...page('compare', windowStrings.compare), run: () => go({ name: 'compare', runs: [] }) },
      { ...page('settings', windowStrings.settings), keys: 'Ctrl ,', run: () => go({ name: 'settings' }) },
      { ...page('help', windowStrings.help), keys: 'F1', run: () => go({ name: 'help', topic: null }) },
    ]
    const steps: Command[] = project
      ? [...wizardSteps, ...inspectPages].map((step, i) => ({
          id: `step-${step}`,
          group: 'project',
          words: words.step(windowStrings.steps[step]),
          ...(i < wizardSteps.length ? { keys: `Ctrl ${i + 1}` } : {}),
          run: () => go({ name: 'project', projectId: project.id, step }),
        }))
      : []
    const projects: Command[] = (home?.projects ?? []).slice(0, listed).map(({ id, name, step }) => ({
      id: `project-${id}`,
      group: 'projects',
      words: words.open(name),
      run: () => go({ name: 'project', projectId: id, step }),
    }))
    const runs: Command[] = (home?.runs ?? []).slice(0, listed).map(({ id, project: name, projectId }) => ({
      id: `run-${id}`,
      group: 'runs',
      words: words.run(name, id),
      run: () => go({ name: 'project', projectId, step: 'run' }),
    }))
    const setColors = (colorScheme: Preferences['colorScheme']): void =>
      void client.call('setPreferences', { colorScheme })
    const live = home?.liveRun ?? null
    const { run } = project ?? {}
    const actions: Command[] = [
      {
        id: 'new-project',
        group: 'actions',
        words: words.newProject,
        keys: 'Ctrl N',
        run: () =>
          void client
            .call('createProject', {})
            .then(({ projectId }) => go({ name: 'project', projectId, step: 'model' })),
      },
      ...(live === null
        ? []
        : [action('pause', words.pause, () => void client.call('stopRun', { runId: live }))]),
      ...(run && !run.live && run.state !== 'finished' && live === null
        ? [action('resume', words.resume, () => void client.call('resumeRun', { runId: run.id }))]
        : []),
      { ...action('primary', words.primary, () => primary.current?.()), keys: 'Ctrl Enter' },
      { ...action('sidebar', words.sidebar, onFold), keys: 'Ctrl B' },
      { ...action('next-pane', words.nextPane, () => focusNextPane(1)), keys: 'F6' },
      { ...action('previous-pane', words.previousPane, () => focusNextPane(-1)), keys: 'Shift F6' },
      action('light', words.light, () => setColors('light')),
      action('dark', words.dark, () => setColors('dark')),
      action('system', words.system, () => setColors('system')),
    ]
    return [...steps, ...pages, ...actions, ...projects, ...runs]
  }, [client, primary, home, project, onFold])
}

const page = (id: string, name: string) => ({ id, group: 'pages', words: words.open(name) }) as const
const action = (id: string, name: string, run: () => void) =>
  ({ id, group: 'actions', words: name, run }) as const
