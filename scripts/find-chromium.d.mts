/** The browser that the app's tests use: $CHROMIUM, else one on the PATH, else one in a usual place; null = none. */
export function findChromium(): string | null
