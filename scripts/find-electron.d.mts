/** Why there is no Electron, in words a person can act on. */
export const electronMissing: string
/** Electron's folder and binary; null = none. By its files: require('electron') would start a download. */
export function findElectron(): { dir: string; binary: string } | null
/** Downloads the binary and says how it went; never throws. */
export function downloadElectron(): Promise<void>
/** The version that package-lock.json asks for. */
export function electronVersion(): string
