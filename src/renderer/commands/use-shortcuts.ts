import { useEffect } from 'react'
import { keysOf, type Command } from './command.ts'

/** Keys that go on working while a dialog asks for something. */
const inDialogs: readonly string[] = ['command-palette']
const inDrawer: readonly string[] = ['toggle-sidebar']

/** Runs the command whose keys are pressed; a page that has handled the key itself has prevented its default. */
export function useShortcuts(commands: readonly Command[]): void {
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.isComposing) return
      const keys = keysOf(event)
      const command = commands.find((candidate) => candidate.keys === keys)
      if (!command) return
      // A browser's own Ctrl O or F1 would take the person out of what they are asked.
      event.preventDefault()
      const asks = document.querySelector('[role="dialog"]')
      const goesOn = asks?.querySelector('.sidebar') ? inDrawer : inDialogs
      if (!asks || goesOn.includes(command.id)) command.run()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [commands])
}
