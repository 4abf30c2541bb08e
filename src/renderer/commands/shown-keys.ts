import { keyStrings } from '../strings/keys.ts'
import { keysFor } from './shortcuts.ts'

/** A key press as `keysOf` writes it, in the words of a keyboard: "Ctrl Enter", "Esc". */
export const shownKeys = (keys: string): string =>
  keys
    .split(' ')
    .map((key) => keyStrings[key] ?? key)
    .join(' ')

/** The keys of a command as they are shown, or nothing. */
export const keysOfCommand = (id: string): string => shownKeys(keysFor(id).keys ?? '')
