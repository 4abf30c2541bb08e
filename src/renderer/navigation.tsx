import { createContext, useContext, useSyncExternalStore } from 'react'

/** Which page is open, kept in the address's fragment: a reload and Back stay where they were. */

export const wizardSteps = ['model', 'dataset', 'plan', 'run', 'results'] as const
export const inspectPages = ['samples', 'chat'] as const
export type WizardStep = (typeof wizardSteps)[number]
export type ProjectStep = WizardStep | (typeof inspectPages)[number]

export type Page =
  | { name: 'home' }
  | { name: 'models' }
  | { name: 'runs' }
  | { name: 'compare'; runs: number[] }
  | { name: 'settings' }
  | { name: 'help'; topic: string | null }
  | { name: 'project'; projectId: string; step: ProjectStep }

const steps: readonly string[] = [...wizardSteps, ...inspectPages]

export function addressOf(page: Page): string {
  switch (page.name) {
    case 'project':
      return `#/project/${encodeURIComponent(page.projectId)}/${page.step}`
    case 'compare':
      return `#/compare/${page.runs.join(',')}`
    case 'help':
      return page.topic === null ? '#/help' : `#/help/${encodeURIComponent(page.topic)}`
    default:
      return `#/${page.name}`
  }
}

export function pageAt(address: string): Page {
  const [name = '', first = '', second = ''] = address.replace(/^#\/?/, '').split('/')
  if (name === 'project' && first !== '' && steps.includes(second))
    return { name, projectId: decodeURIComponent(first), step: second as ProjectStep }
  if (name === 'compare')
    return {
      name,
      runs: first
        .split(',')
        .map(Number)
        .filter((run) => Number.isInteger(run) && run > 0),
    }
  if (name === 'help') return { name, topic: first === '' ? null : decodeURIComponent(first) }
  if (name === 'models' || name === 'runs' || name === 'settings') return { name }
  return { name: 'home' }
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}

export function usePage(): Page {
  return pageAt(useSyncExternalStore(subscribe, () => window.location.hash))
}

/** Opens a page. A constant: it may be used outside components. */
export function go(page: Page): void {
  window.location.hash = addressOf(page)
}

/** What Ctrl Enter does: the page's one primary action, set by its PageFrame. */
export const PrimaryAction = createContext<{ current: (() => void) | null }>({ current: null })
export const usePrimaryAction = () => useContext(PrimaryAction)
