import type { HostServices } from '../host-services.ts'
import { hostWords as words } from '../../strings/host.ts'
import type { PreferenceStore } from '../preferences/preferences.ts'
import { isLater, newestVersion, readUpdateFeed } from './update-feed.ts'

export interface UpdateWatch {
  /** See program-files.ts; null in a checkout. */
  feedPath: string | null
  /** Of this program. */
  version: string
  preferences: Pick<PreferenceStore, 'get' | 'onChange'>
  host: Pick<HostServices, 'notify'>
  signal: AbortSignal
  platform?: string
  arch?: string
}

const everyMs = 24 * 3600_000

/**
 * Tells once of each newer version, at the start and daily. Nothing is asked unless this package was made with an
 * address for it and the person switched the check on; nothing is ever downloaded or installed.
 */
export function watchUpdates(options: UpdateWatch): void {
  const { feedPath, version, preferences, host, signal } = options
  const { platform = process.platform, arch = process.arch } = options
  const feed = readUpdateFeed(feedPath)
  if (feed === null || signal.aborted) return
  let isWanted = false
  let told = version

  async function look(): Promise<void> {
    if (!isWanted || feed === null) return
    try {
      const newest = await newestVersion(feed, { platform, arch }, signal)
      if (!isLater(newest, told)) return
      told = newest
      host.notify?.({
        title: words.update.available(newest),
        body: words.update.where(feed.href),
        open: null,
      })
    } catch (error) {
      // Being offline is no reason to disturb anyone.
      if (!signal.aborted)
        console.error(`No look for updates: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  function heed({ checkForUpdates }: { checkForUpdates: boolean }): void {
    const wasWanted = isWanted
    isWanted = checkForUpdates
    if (isWanted && !wasWanted) void look()
  }

  const stopHeeding = preferences.onChange(heed)
  const daily = setInterval(() => void look(), everyMs)
  daily.unref()
  signal.addEventListener('abort', () => {
    stopHeeding()
    clearInterval(daily)
  })
  heed(preferences.get())
}
