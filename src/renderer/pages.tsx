import { lazy, type ComponentType } from 'react'
import type { HomeView } from '../contract/app.ts'
import type { ProjectStep } from './navigation.tsx'

/** Each page is a file of its own that is loaded when it is first opened: the first paint waits for none of them. */

export const HomePage = lazy(() => import('./home/home-page.tsx').then((m) => ({ default: m.HomePage })))

export const projectPages: Partial<Record<ProjectStep, ComponentType>> = {
  run: lazy(() => import('./run/run-page.tsx').then((m) => ({ default: m.RunPage }))),
}

/** Pages of the app level beside Home. */
export const appPages: Partial<
  Record<'models' | 'runs' | 'compare' | 'settings' | 'help', ComponentType<{ home: HomeView | null }>>
> = {}
