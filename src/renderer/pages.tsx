import { lazy, type ComponentType } from 'react'
import type { HomeView } from '../contract/app.ts'
import type { ProjectStep } from './navigation.tsx'

/** Each page is a file of its own that is loaded when it is first opened: the first paint waits for none of them. */

export const HomePage = lazy(() => import('./home/home-page.tsx').then((m) => ({ default: m.HomePage })))

export const projectPages: Partial<Record<ProjectStep, ComponentType>> = {
  benchmarks: lazy(() =>
    import('./benchmarks/benchmarks-page.tsx').then((m) => ({ default: m.BenchmarksPage })),
  ),
  chat: lazy(() => import('./chat/chat-page.tsx').then((m) => ({ default: m.ChatPage }))),
  dataset: lazy(() => import('./dataset/dataset-page.tsx').then((m) => ({ default: m.DatasetPage }))),
  judge: lazy(() => import('./judge/judge-page.tsx').then((m) => ({ default: m.JudgePage }))),
  model: lazy(() => import('./model/model-page.tsx').then((m) => ({ default: m.ModelPage }))),
  results: lazy(() => import('./results/results-page.tsx').then((m) => ({ default: m.ResultsPage }))),
  samples: lazy(() => import('./samples/samples-page.tsx').then((m) => ({ default: m.SamplesPage }))),
  plan: lazy(() => import('./plan/plan-page.tsx').then((m) => ({ default: m.PlanPage }))),
  run: lazy(() => import('./run/run-page.tsx').then((m) => ({ default: m.RunPage }))),
}

/** Pages of the app level beside Home. */
export const appPages: Partial<
  Record<'models' | 'runs' | 'compare' | 'settings' | 'help', ComponentType<{ home: HomeView | null }>>
> = {
  compare: lazy(() => import('./compare/compare-page.tsx').then((m) => ({ default: m.ComparePage }))),
  help: lazy(() => import('./help/help-page.tsx').then((m) => ({ default: m.HelpPage }))),
  models: lazy(() => import('./models/models-page.tsx').then((m) => ({ default: m.ModelsPage }))),
  settings: lazy(() => import('./settings/settings-page.tsx').then((m) => ({ default: m.SettingsPage }))),
  runs: lazy(() => import('./runs/runs-page.tsx').then((m) => ({ default: m.RunsPage }))),
}
