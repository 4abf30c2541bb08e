import AxeBuilder from '@axe-core/playwright'
import { type Page } from '@playwright/test'
import { expect, test } from './app-host.ts'

const open = (page: Page, address: string): Promise<unknown> =>
  page.evaluate(`window.location.hash = ${JSON.stringify(address)}`)

test.describe('a finished run', () => {
  test.use({ recordedRun: true })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`shows its timeline, curves, answers and events, and nothing serious to axe (${colorScheme})`, async ({
      page,
      host,
    }, info) => {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width: 1440, height: 900 })
      await page.goto(host.url)
      await open(page, '#/project/p1/run')
      await expect(page.getByRole('heading', { name: 'Run 1', exact: true })).toBeVisible()
      await expect(page.getByRole('figure', { name: /^Loss, nats: Iteration 0 from 0\.69/ })).toBeVisible()
      const timeline = page.getByRole('list', { name: 'Iterations and their stages' })
      await expect(timeline.getByText('57.0, +9.0 pts')).toBeVisible()
      await expect(timeline.getByText('Best', { exact: true })).toBeVisible()
      await expect(page.getByText('clipped to 1.0')).toBeVisible()
      await page.screenshot({ path: info.outputPath(`run-${colorScheme}.png`) })
      const { violations } = await new AxeBuilder({ page }).analyze()
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect(serious.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([])
    })
  }

  test('has one cursor for all curves, which arrow keys move', async ({ page, host }) => {
    await page.goto(host.url)
    await open(page, '#/project/p1/run')
    const loss = page.getByRole('slider', { name: /^Loss/ })
    await loss.focus()
    await page.keyboard.press('ArrowLeft')
    await expect(loss).toHaveAttribute('aria-valuetext', /^Iteration 1, step 60: 0\.\d\d$/)
    await page.keyboard.press('Shift+ArrowLeft')
    await expect(loss).toHaveAttribute('aria-valuetext', /^Iteration 1, step 50/)
    await expect(page.getByRole('slider', { name: /^Rewards/ })).toHaveAttribute(
      'aria-valuetext',
      /step 50: human [+−]\d.*, generated −\d/,
    )
  })

  test('can be seen one iteration at a time, and its warnings alone', async ({ page, host }) => {
    await page.goto(host.url)
    await open(page, '#/project/p1/run')
    const loss = page.getByRole('figure', { name: /^Loss/ })
    await expect(loss).toHaveAttribute('aria-label', /Iteration 0 .*Iteration 1/)
    await page.keyboard.press('[')
    await expect(loss).not.toHaveAttribute('aria-label', /Iteration 0/)
    await page.keyboard.press('[')
    await expect(loss).not.toHaveAttribute('aria-label', /Iteration 1/)
    await page.getByRole('button', { name: '1 warning' }).click()
    await expect(page.getByText('clipped to 1.0')).toBeVisible()
    await expect(page.getByText('Iteration 0 is the best so far')).toBeHidden()
  })
})

test('the starter runs, pauses and goes on by the space bar, survives a reload, and is cancelled after a question', async ({
  page,
  host,
}, info) => {
  test.setTimeout(240_000)
  await page.goto(host.url)
  await page.getByRole('button', { name: 'Start the starter' }).click()
  await expect(page.locator('.status-bar')).toContainText(/Run 1/, { timeout: 60_000 })
  await page.locator('.status-bar').getByRole('button').click()
  await expect(page.getByRole('heading', { name: 'Run 1', exact: true })).toBeVisible()
  const numbers = page.getByLabel('Numbers of this stage')
  await expect(numbers).toContainText(/\d of [\d,]+/, { timeout: 60_000 })
  await page.screenshot({ path: info.outputPath('running.png') })
  await page.keyboard.press('Space')
  const resume = page.getByRole('button', { name: 'Resume' })
  await expect(resume).toBeVisible({ timeout: 60_000 })
  await expect(page.locator('.status-bar')).toContainText('No job running')
  await page.reload()
  await expect(resume).toBeVisible()
  await page.keyboard.press('Space')
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Cancel run…' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('You can still resume the run later')
  await dialog.getByRole('button', { name: 'Cancel run' }).click()
  await expect(page.getByText('You cancelled this run.')).toBeVisible({ timeout: 60_000 })
  await expect(resume).toBeVisible()
})
