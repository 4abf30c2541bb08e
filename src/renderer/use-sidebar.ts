import { useMediaQuery } from '@mantine/hooks'
import { useCallback, useEffect, useRef, useState } from 'react'

const narrow = '(max-width: 1199px)'
const small = '(max-width: 1039px)'

/** Beside the page with names or as icons alone, or over the page in a drawer. */
export interface SidebarState {
  form: 'open' | 'folded' | 'drawer'
  isDrawerOpen: boolean
  /** Folds or unfolds it, opens or closes the drawer. */
  toggle(): void
  closeDrawer(): void
}

/** The sidebar folds where the window is narrow, until a person says otherwise; of a crossing of that width it is asked anew. */
let folded: boolean | null = null

export function useSidebar(): SidebarState {
  const isSmall = useMatch(small)
  const { isFolded, toggle: toggleFold } = useFold()
  const [isOpen, setOpen] = useState(false)
  const toggleDrawer = useCallback(() => setOpen((before) => !before), [])
  const closeDrawer = useCallback(() => setOpen(false), [])
  useEffect(() => {
    const width = window.matchMedia(small)
    width.addEventListener('change', closeDrawer)
    return () => width.removeEventListener('change', closeDrawer)
  }, [closeDrawer])
  return {
    form: isSmall ? 'drawer' : isFolded ? 'folded' : 'open',
    isDrawerOpen: isSmall && isOpen,
    toggle: isSmall ? toggleDrawer : toggleFold,
    closeDrawer,
  }
}

const useMatch = (query: string): boolean => useMediaQuery(query, window.matchMedia(query).matches)

function useFold(): { isFolded: boolean; toggle: () => void } {
  const isNarrow = useMatch(narrow)
  const [chosen, setChosen] = useState(folded)
  const wasNarrow = useRef(isNarrow)
  useEffect(() => {
    if (wasNarrow.current === isNarrow) return
    wasNarrow.current = isNarrow
    folded = null
    setChosen(null)
  }, [isNarrow])
  const isFolded = chosen ?? isNarrow
  const toggle = useCallback(() => {
    folded = !isFolded
    setChosen(folded)
  }, [isFolded])
  return { isFolded, toggle }
}
