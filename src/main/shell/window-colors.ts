/** What the system paints of our window before and beside the page: chrome, surface and text2 of tokens.css. */
const schemes = {
  light: { chrome: '#f3f4f6', surface: '#ffffff', symbol: '#4a5261' },
  dark: { chrome: '#15171b', surface: '#1b1e23', symbol: '#b6bcc7' },
}

export const windowColors = (isDark: boolean): { chrome: string; surface: string; symbol: string } =>
  isDark ? schemes.dark : schemes.light

/** Of the page's title bar. */
export const titleBarHeight = 40

/** The system's buttons on our title bar; one pixel lower, so that its hairline goes through. */
export const titleBarOverlay = (isDark: boolean): { color: string; symbolColor: string; height: number } => ({
  color: windowColors(isDark).chrome,
  symbolColor: windowColors(isDark).symbol,
  height: titleBarHeight - 1,
})
