import { useEffect, useRef } from 'react'
import type { HomeView, Preferences } from '../../contract/app.ts'
import { go, pageAt, type Page } from '../navigation.tsx'
import type { Notice } from '../notices/notice.ts'
import { useTell } from '../notices/notices.tsx'
import { hostStrings as words } from '../strings/host.ts'
import { useCall, useStream } from '../use-main.ts'
import { endBetween, type RunEnd } from './run-end.ts'
import { titleOf } from './window-title.ts'

const wanted = (_before: boolean | null, { notifications }: Preferences): boolean => notifications

/**
 * The tab's title says what runs, and the page tells of its end. In a browser that is out of sight a notification of the
 * system tells it too, where the browser was allowed to (Settings asks); in the desktop window main does.
 */
export function useRunNotices(home: HomeView | null): void {
  const tell = useTell()
  const { value: host } = useCall('host', {})
  const { value: isWanted } = useStream('preferences', {}, wanted)
  const before = useRef<HomeView | null>(null)
  const title = titleOf(home)
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => {
    if (!home) return
    const end = endBetween(before.current, home)
    const problem = before.current?.startProblem === null ? home.startProblem : null
    before.current = home
    const page = pageAt(window.location.hash)
    // Home and the run's own page say in a strip what went wrong.
    if (problem !== null && page.name !== 'home')
      tell({ id: 'not-started', kind: 'error', title: words.notStarted, text: problem })
    if (!end) return
    if (end.state !== 'failed' || !isPageOf(page, end)) tell(noticeOf(end))
    if (isWanted && host && !host.notifies && document.hidden) notify(end)
  }, [home, host, isWanted, tell])
}

const isPageOf = (page: Page, { run }: RunEnd): boolean =>
  page.name === 'project' && page.step === 'run' && page.projectId === run.projectId

const noticeOf = (end: RunEnd): Notice => ({
  id: `run-${end.run.id}`,
  kind: end.state === 'failed' ? 'error' : end.state === 'paused' ? 'warning' : 'info',
  title: end.title,
  text: end.text,
  action: { words: end.step === 'results' ? words.seeResults : words.openRun, run: () => show(end) },
})

const show = ({ run, step }: RunEnd): void => go({ name: 'project', projectId: run.projectId, step })

function notify(end: RunEnd): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return
  const notice = new Notification(end.title, { body: end.text, tag: `run-${end.run.id}` })
  notice.addEventListener('click', () => {
    window.focus()
    show(end)
    notice.close()
  })
}
