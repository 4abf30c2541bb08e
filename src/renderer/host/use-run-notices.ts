import { useEffect, useRef } from 'react'
import type { HomeView, Preferences } from '../../contract/app.ts'
import { go } from '../navigation.tsx'
import { hostStrings as words } from '../strings/host.ts'
import { useCall, useStream } from '../use-main.ts'

const wanted = (_before: boolean | null, { notifications }: Preferences): boolean => notifications
const titles = { finished: words.finished, paused: words.paused, failed: words.stopped } as const

/**
 * The tab's title says what runs. In a browser the page also tells of the end of a run, when it is out of sight and the
 * browser was allowed to (Settings asks); in the desktop window main does.
 */
export function useRunNotices(home: HomeView | null): void {
  const { value: host } = useCall('host', {})
  const { value: isWanted } = useStream('preferences', {}, wanted)
  const liveRun = home?.liveRun ?? null
  const before = useRef<number | null>(null)
  useEffect(() => {
    document.title = liveRun === null ? words.plainTitle : words.title(words.running(liveRun))
  }, [liveRun])
  useEffect(() => {
    const ended = before.current !== liveRun ? before.current : null
    before.current = liveRun
    const run = home?.runs.find(({ id }) => id === ended)
    if (!run || !isWanted || !host || host.notifies || !document.hidden) return
    const { id, state, project, projectId, reason, error } = run
    if (state !== 'finished' && state !== 'paused' && state !== 'failed') return
    if (!('Notification' in window) || Notification.permission !== 'granted') return
    const body = [project, state === 'failed' ? error : reason].filter(Boolean).join(': ')
    const notice = new Notification(titles[state](id), { body, tag: `run-${id}` })
    notice.addEventListener('click', () => {
      window.focus()
      go({ name: 'project', projectId, step: state === 'finished' ? 'results' : 'run' })
      notice.close()
    })
  }, [home, liveRun, host, isWanted])
}
