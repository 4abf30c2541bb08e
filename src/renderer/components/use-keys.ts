import { useEffect, useRef } from 'react'

const fields = 'input, textarea, select, [contenteditable="true"], [role="dialog"], [role="menu"]'
/** Where Space already means something. */
const pressed = `${fields}, button, a, [role="slider"]`

/** Single keys of a page. Not in a field, and not where the key already means something. */
export function useKeys(actions: Readonly<Record<string, (() => void) | null>>): void {
  const newest = useRef(actions)
  useEffect(() => {
    newest.current = actions
  })
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing)
        return
      const { target } = event
      const isField = target instanceof Element && target.closest(event.key === ' ' ? pressed : fields)
      const act = newest.current[event.key] ?? newest.current[event.key.toLowerCase()]
      if (isField || !act || document.querySelector('[role="dialog"]')) return
      event.preventDefault()
      act()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
}
