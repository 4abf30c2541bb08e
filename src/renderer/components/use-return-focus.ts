import { useEffect, useState } from 'react'

/** For a dialog that exists only while it is open: focus goes back to where it came from. */
export function useReturnFocus(): void {
  const [opener] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      // Unless what the dialog did has put it elsewhere.
      const isLost = document.activeElement === null || document.activeElement === document.body
      if (isLost && opener instanceof HTMLElement && opener.isConnected) opener.focus()
    },
    [opener],
  )
}
