import type { Browser, Locator, Page } from '@playwright/test'
import { appFigure, type AppFigure } from './app-figure.ts'
import type { StartedHost } from './started-host.ts'

interface Tasks {
  /** Start and duration, ms. */
  tasks: { at: number; ms: number }[]
  firstPaintAt: number
}

export interface LongRun {
  projectId: string
  runId: number
  steps: number
}

/** Steps that are recorded while the page looks: as often as training reports at its fastest, and faster. */
const live = { rows: 20, everyMs: 50, times: 200 }

/** Tasks of the page's thread over 50 ms while the curves of a long run come in, and while they grow. */
export async function measureLongTasks(
  browser: Browser,
  host: StartedHost,
  { projectId, runId, steps }: LongRun,
): Promise<AppFigure[]> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.addInitScript(() => {
    const tasks: Tasks['tasks'] = []
    Object.assign(window, { tasks })
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) tasks.push({ at: startTime, ms: duration })
    }).observe({ type: 'longtask', buffered: true })
  })
  // The page's code is there; then the run is opened as a person does it.
  await page.goto(host.url)
  await page.getByRole('heading', { name: 'Home' }).waitFor()
  await expectSeen(page)
  const startedAt = await page.evaluate('performance.now()')
  await page.evaluate(`window.location.hash = '#/project/${projectId}/run'`)
  const loss = page.getByRole('slider', { name: /^Loss/ })
  await loss.waitFor()
  const firstPaintAt = await page.evaluate(
    () => new Promise<number>((resolve) => requestAnimationFrame(() => resolve(performance.now()))),
  )
  await untilDrawn(page, loss, steps - 1)
  const allAt = (await page.evaluate('performance.now()')) as number
  await host.append({ runId, from: steps, ...live })
  await untilDrawn(page, loss, steps + live.rows * live.times - 1)
  const { tasks } = await page.evaluate<{ tasks: Tasks['tasks'] }>('({ tasks: window.tasks })')
  const grownAt = (await page.evaluate('performance.now()')) as number
  await context.close()
  const within = (from: number, to: number): number[] =>
    tasks.filter(({ at }) => at >= from && at < to).map(({ ms }) => ms)
  const longest = (found: readonly number[]): number => Math.max(0, ...found)
  const opening = within(startedAt as number, firstPaintAt)
  const streaming = within(firstPaintAt, allAt)
  const growing = within(allAt, grownAt)
  const thousand = `${(steps / 1000).toFixed(0)},000`
  return [
    appFigure(`tasks over 50 ms while ${thousand} steps stream in`, streaming.length, 'tasks', {
      most: 0,
      note: `longest ${longest(streaming).toFixed(0)} ms; all there ${((allAt - (startedAt as number)) / 1000).toFixed(1)} s after the click`,
    }),
    appFigure('tasks over 50 ms while it grows live', growing.length, 'tasks', {
      most: 0,
      note: `${live.rows} steps every ${live.everyMs} ms, ${live.times} times; longest ${longest(growing).toFixed(0)} ms`,
    }),
    appFigure('longest task until the run’s first paint', longest(opening), 'ms', {
      note: `${opening.length} over 50 ms`,
    }),
  ]
}

/** That a task which is too long is seen at all. */
async function expectSeen(page: Page): Promise<void> {
  const seen = await page.evaluate(async () => {
    await new Promise((resolve) => {
      setTimeout(() => {
        const end = performance.now() + 120
        while (performance.now() < end);
        resolve(null)
      })
    })
    const { tasks } = window as unknown as { tasks: Tasks['tasks'] }
    for (let frame = 0; frame < 60 && !tasks.some(({ ms }) => ms >= 110); frame++)
      await new Promise((resolve) => requestAnimationFrame(resolve))
    return tasks.some(({ ms }) => ms >= 110)
  })
  if (!seen) throw new Error('This Chromium does not report long tasks.')
}

/** The end of the curve is asked for by its key until it is that step. */
async function untilDrawn(page: Page, curve: Locator, step: number): Promise<void> {
  const text = `step ${step.toLocaleString('en-US')}:`
  const patience = Date.now() + 60_000
  for (;;) {
    await curve.press('End')
    if ((await curve.getAttribute('aria-valuetext'))?.includes(text)) return
    if (Date.now() > patience)
      throw new Error(`Expected ${text}, found ${await curve.getAttribute('aria-valuetext')}`)
    await page.waitForTimeout(200)
  }
}
