/** Keys as a keyboard has them printed, by the names that the browser gives them. */
export const keyStrings: Readonly<Record<string, string>> = {
  Ctrl: 'Ctrl',
  Alt: 'Alt',
  Shift: 'Shift',
  Enter: 'Enter',
  Escape: 'Esc',
}
