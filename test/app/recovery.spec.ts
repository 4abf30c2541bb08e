import type { Page } from '@playwright/test'
import { expect, test, type AppHost } from './app-host.ts'
import { openPage } from './app-pages.ts'
import { enginesOf } from './app-process.ts'

test.use({ smallRuns: true })

/** Starts the planned project's run, and waits until it trains. */
async function startTraining(page: Page, host: AppHost): Promise<void> {
  await page.goto(host.url)
  await openPage(page, `project/${host.projects?.planned}/plan`)
  await page.getByRole('button', { name: 'Start run' }).click({ timeout: 20_000 })
  await expect(page.getByRole('heading', { name: 'Run 3', level: 1 })).toBeVisible({ timeout: 20_000 })
  await expect(page.getByRole('figure', { name: /^Loss, nats: Iteration 0 from 0\.69/ })).toBeVisible({
    timeout: 60_000,
  })
}

const toResults = (page: Page) => page.getByRole('main').getByRole('button', { name: 'See the results' })

test('a killed engine is started again: the page says so, and the run goes on to its end', async ({
  page,
  host,
}) => {
  test.setTimeout(180_000)
  await startTraining(page, host)
  await expect(toResults(page)).toHaveCount(0)
  const killed = enginesOf(host.pid)
  expect(killed.length).toBeGreaterThan(0)
  for (const pid of killed) process.kill(pid, 'SIGKILL')
  const events = page.getByRole('region', { name: 'Events' })
  const row = events.getByRole('listitem').filter({ hasText: /Starting it again \(attempt 2 of 3\)/ })
  await expect(row.getByRole('img', { name: 'warning' })).toBeVisible({ timeout: 20_000 })
  await expect(toResults(page)).toBeVisible({ timeout: 120_000 })
  await expect.poll(() => enginesOf(host.pid).some((pid) => killed.includes(pid))).toBe(false)
  await expect(
    page
      .getByRole('table', { name: /^Loss, nats/ })
      .getByRole('row')
      .last(),
  ).toBeVisible()
})

test('the program is killed in the midst of a run and opened again: it says so, and goes on to the end', async ({
  page,
  host,
}) => {
  test.setTimeout(180_000)
  await startTraining(page, host)
  await expect(toResults(page)).toHaveCount(0)
  await host.kill()
  if (host.kind === 'browser') await expect(page.getByText('Connection lost.')).toBeVisible()
  const reopened = await host.reopen(page)
  await openPage(reopened, `project/${host.projects?.planned}/run`)
  const main = reopened.getByRole('main')
  await expect(main.getByText(/so the run was interrupted/)).toBeVisible({ timeout: 20_000 })
  await main.getByRole('button', { name: 'Resume' }).click()
  await expect(main.getByText(/so the run was interrupted/)).toHaveCount(0)
  await expect(toResults(reopened)).toBeVisible({ timeout: 120_000 })
  await toResults(reopened).click()
  await expect(reopened.getByText('Run 3 done')).toBeVisible()
})
