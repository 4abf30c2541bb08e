import { createContext, useContext, useSyncExternalStore } from 'react'
import { addressOf, pageAt, type Page } from './page.ts'

/** The open page is kept in the address's fragment: a reload and Back stay where they were. */
export * from './page.ts'

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
