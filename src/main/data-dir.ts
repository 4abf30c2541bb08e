import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the record and the projects lie: $SPIN_STUDIO_DATA, else the system's place for an app's data. */
export function defaultDataDir(): string {
  const { SPIN_STUDIO_DATA, XDG_DATA_HOME, APPDATA } = process.env
  if (SPIN_STUDIO_DATA) return SPIN_STUDIO_DATA
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'spin-studio')
  if (process.platform === 'win32' && APPDATA) return join(APPDATA, 'spin-studio')
  return join(XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'spin-studio')
}
