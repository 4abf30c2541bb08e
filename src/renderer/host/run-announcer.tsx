import type { HomeView } from '../../contract/app.ts'
import type { Page } from '../navigation.tsx'
import { hostStrings as words } from '../strings/host.ts'
import { windowStrings } from '../strings/window.ts'

/** For those who hear the page: each stage of the live run and every tenth of it. The Run page itself says more. */
export function RunAnnouncer({ home, page }: { home: HomeView | null; page: Page }) {
  const live = home?.runs.find(({ id }) => id === home.liveRun)
  const isShown = page.name === 'project' && page.step === 'run' && page.projectId === live?.projectId
  return (
    <p className="visually-hidden" role="status">
      {home && live && !isShown ? whereIs(home, live.id) : ''}
    </p>
  )
}

function whereIs({ progress, estimate, pausing }: HomeView, run: number): string {
  if (pausing) return words.announce(run, windowStrings.job.pausing, null)
  if (!progress) return ''
  const share = estimate?.stageShare ?? null
  const { doing, iteration } = windowStrings.job
  return words.announce(
    run,
    `${iteration(progress.iteration)}, ${doing[progress.stage]}`,
    share === null ? null : 10 * Math.floor(10 * share),
  )
}
