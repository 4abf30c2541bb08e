import { useEffect, useRef } from 'react'

const fields =
  'input, textarea, select, button, a, [contenteditable="true"], [role="slider"], [role="dialog"]'

/** Single keys of a page. Not in a field, and not where the key already means something. */
export function useKeys(actions: Record<string, (() => void) | null>): void {
  const newest = useRef(actions)
  useEffect(() => {
    newest.current = actions
  })
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      const { target } = event
      const isField =
        target instanceof Element && target.closest(event.key === ' ' ? fields : 'input, textarea, select')
      const act = newest.current[event.key]
      if (isField || !act || document.querySelector('[role="dialog"]')) return
      event.preventDefault()
      act()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
}
