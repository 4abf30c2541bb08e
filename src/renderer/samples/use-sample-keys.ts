import { useEffect, useRef } from 'react'

export interface SampleKeys {
  search(): void
  /** Rows down (1) or up (−1). */
  move(by: number): void
  /** To the next or the previous iteration. */
  iteration(by: number): void
  flag(): void
}

/** Keys of the whole page; in a field, and with a modifier, they are what they are elsewhere. */
export function useSampleKeys(keys: SampleKeys): void {
  const current = useRef(keys)
  useEffect(() => {
    current.current = keys
  })
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isField(event.target))
        return
      const act = actionOf(event.key, current.current)
      if (!act) return
      event.preventDefault()
      act()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [])
}

function actionOf(key: string, keys: SampleKeys): (() => void) | null {
  switch (key) {
    case '/':
      return keys.search
    case 'j':
    case 'J':
    case 'ArrowDown':
      return () => keys.move(1)
    case 'k':
    case 'K':
    case 'ArrowUp':
      return () => keys.move(-1)
    case '[':
      return () => keys.iteration(-1)
    case ']':
      return () => keys.iteration(1)
    case 'f':
    case 'F':
      return keys.flag
    default:
      return null
  }
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('input, textarea, select, [contenteditable="true"], [role="dialog"], [role="menu"]') !== null
