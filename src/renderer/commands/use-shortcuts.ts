import { useEffect } from 'react'
import { keysOf, type Command } from './command.ts'

/** Runs the command whose keys are pressed; a page that has handled the key itself has prevented its default. */
export function useShortcuts(commands: readonly Command[], onPalette: () => void): void {
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      if (event.defaultPrevented) return
      const keys = keysOf(event)
      if (keys === 'Ctrl K') {
        event.preventDefault()
        onPalette()
        return
      }
      const command = commands.find((candidate) => candidate.keys === keys)
      if (!command) return
      event.preventDefault()
      command.run()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [commands, onPalette])
}
