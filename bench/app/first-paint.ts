import type { Browser } from '@playwright/test'
import { appFigure, median, type AppFigure } from './app-figure.ts'

interface Starts {
  paintedAt: number
  answeredAt: number
}

/**
 * From the start of the navigation until Home is painted, and until it has painted the answer to a key. Warm: host and
 * browser run, and have shown the page before.
 */
export async function measureFirstPaint(
  browser: Browser,
  url: string,
  samples: number,
): Promise<AppFigure[]> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const starts: Starts[] = []
  for (let i = 0; i <= samples; i++) {
    const page = await context.newPage()
    await page.addInitScript(() => {
      const painted = (): Promise<number> =>
        new Promise((resolve) =>
          requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel()
            port1.onmessage = () => resolve(performance.now())
            port2.postMessage(null)
          }),
        )
      const until = async (selector: string): Promise<number> => {
        while (document.querySelector(selector) === null)
          await new Promise((resolve) => requestAnimationFrame(resolve))
        return painted()
      }
      const watch = async (): Promise<void> => {
        const paintedAt = await until('main h1')
        window.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true }))
        const answeredAt = await until('[role="dialog"] input')
        document.documentElement.dataset['starts'] = JSON.stringify({ paintedAt, answeredAt })
      }
      void watch()
    })
    await page.goto(url)
    const html = page.locator('html[data-starts]')
    await html.waitFor({ state: 'attached' })
    const found = JSON.parse((await html.getAttribute('data-starts')) ?? '') as Starts
    if (i > 0) starts.push(found) // the first one warms up
    await page.close()
  }
  await context.close()
  const painted = starts.map(({ paintedAt }) => paintedAt)
  const answered = starts.map(({ answeredAt }) => answeredAt)
  const range = (values: readonly number[]): string =>
    `median of ${samples}, ${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`
  return [
    appFigure('Home painted, warm start', median(painted), 'ms', { note: range(painted) }),
    appFigure('Home has answered a key, warm start', median(answered), 'ms', {
      most: 1000,
      note: range(answered),
    }),
  ]
}
