/** F6: sidebar, then the panes of the page in visual order, then the status bar, and round again. */
export function focusNextPane(direction: 1 | -1): void {
  const panes = [...document.querySelectorAll<HTMLElement>('.sidebar, [data-pane], .status-bar')]
  const at = panes.findIndex((pane) => pane.contains(document.activeElement))
  const next = panes[(at + direction + panes.length) % panes.length]
  if (!next) return
  if (next.tabIndex < 0 && !next.hasAttribute('tabindex')) next.tabIndex = -1
  next.focus()
}
