import type { HomeView, Preferences, ProjectView } from '../../contract/app.ts'
import { inspectPages, wizardSteps, type Page } from '../page.ts'
import { commandStrings as words } from '../strings/commands.ts'
import { windowStrings } from '../strings/window.ts'
import type { Command } from './command.ts'
import { keysFor } from './shortcuts.ts'

const listed = 50

/** What the commands do: the window's part. */
export interface Doing {
  go(page: Page): void
  togglePalette(): void
  createProject(): void
  openProject(): void
  stopRun(runId: number): void
  resumeRun(runId: number): void
  setColors(colorScheme: Preferences['colorScheme']): void
  primary(): void
  toggleSidebar(): void
  focusPane(direction: 1 | -1): void
  saveDiagnostics(): void
  showAbout(): void
}

/** Where they are asked for. */
export interface Place {
  home: HomeView | null
  project: Pick<ProjectView, 'id' | 'run'> | null
}

/** Everything that can be done from here. Ids that a menu of the host knows are the same there and here. */
export function listCommands({ home, project }: Place, doing: Doing): Command[] {
  return [
    ...(project ? stepCommands(project.id, doing) : []),
    ...pageCommands(doing),
    ...runCommands({ home, project }, doing),
    ...windowCommands(doing),
    ...placeCommands(home, doing),
  ].map((command) => ({ ...command, ...keysFor(command.id) }))
}

function stepCommands(projectId: string, { go }: Doing): Command[] {
  return [...wizardSteps, ...inspectPages].map((step, i) => ({
    id: i < wizardSteps.length ? `go-step-${i + 1}` : `go-${step}`,
    group: 'project',
    words: words.step(windowStrings.steps[step]),
    run: () => go({ name: 'project', projectId, step }),
  }))
}

function pageCommands({ go, showAbout }: Doing): Command[] {
  const page = (id: string, name: string, to: Page): Command => ({
    id,
    group: 'pages',
    words: words.open(name),
    run: () => go(to),
  })
  return [
    page('go-home', windowStrings.home, { name: 'home' }),
    page('go-models', windowStrings.models, { name: 'models' }),
    page('go-runs', windowStrings.runs, { name: 'runs' }),
    page('go-compare', windowStrings.compare, { name: 'compare', runs: [] }),
    page('settings', windowStrings.settings, { name: 'settings' }),
    page('help', windowStrings.help, { name: 'help', topic: null }),
    { ...page('shortcuts', '', { name: 'help', topic: 'shortcuts' }), words: words.shortcuts },
    { id: 'about', group: 'pages', words: words.about, run: showAbout },
  ]
}

function runCommands({ home, project }: Place, doing: Doing): Command[] {
  const live = home?.liveRun ?? null
  const run = project?.run ?? null
  const isOpenEnded = run !== null && !run.live && run.state !== 'finished' && live === null
  return [
    action('new-project', words.newProject, () => doing.createProject()),
    action('open-project', words.openProject, () => doing.openProject()),
    ...(live === null ? [] : [action('pause', words.pause, () => doing.stopRun(live))]),
    ...(isOpenEnded ? [action('resume', words.resume, () => doing.resumeRun(run.id))] : []),
  ]
}

function windowCommands(doing: Doing): Command[] {
  return [
    action('primary-action', words.primary, () => doing.primary()),
    { ...action('command-palette', words.palette, () => doing.togglePalette()), hidden: true },
    action('toggle-sidebar', words.sidebar, () => doing.toggleSidebar()),
    action('next-pane', words.nextPane, () => doing.focusPane(1)),
    action('previous-pane', words.previousPane, () => doing.focusPane(-1)),
    action('light', words.light, () => doing.setColors('light')),
    action('dark', words.dark, () => doing.setColors('dark')),
    action('system', words.system, () => doing.setColors('system')),
    action('diagnostics', words.diagnostics, () => doing.saveDiagnostics()),
  ]
}

function placeCommands(home: HomeView | null, { go }: Doing): Command[] {
  const projects = (home?.projects ?? []).slice(0, listed).map(({ id, name, step }): Command => ({
    id: `project-${id}`,
    group: 'projects',
    words: words.open(name),
    run: () => go({ name: 'project', projectId: id, step }),
  }))
  const runs = (home?.runs ?? []).slice(0, listed).map(({ id, project, projectId }): Command => ({
    id: `run-${id}`,
    group: 'runs',
    words: words.run(project, id),
    run: () => go({ name: 'project', projectId, step: 'run' }),
  }))
  return [...projects, ...runs]
}

const action = (id: string, name: string, run: () => void): Command => ({
  id,
  group: 'actions',
  words: name,
  run,
})
