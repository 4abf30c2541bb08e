import { expect, test } from './app-host.ts'

test('an empty record offers the starter, explains the steps, and the machine check ends in a verdict', async ({
  page,
  host,
}) => {
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.goto(host.url)
  // The first start on a busy machine reads everything from the disk.
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible({ timeout: 20_000 })
  await expect(page.getByRole('heading', { name: 'Try the starter' })).toBeVisible({ timeout: 20_000 })
  await expect(page.getByRole('button', { name: 'Start the starter' })).toBeEnabled()
  await expect(page.getByText('No job running')).toBeVisible()
  const machine = page.getByRole('complementary', { name: 'This machine' })
  await expect(machine.getByText('Ready', { exact: true })).toBeVisible({ timeout: 20_000 })
  await expect(machine.getByRole('status')).toContainText(/Ready to train models up to about \d/)
  await expect(machine.getByText(/^Checked \d\d:\d\d, took/)).toBeVisible()
  expect(errors).toEqual([])
})

test.describe('with a recorded run', () => {
  test.use({ recordedRun: true })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`a recorded run is listed, and its project opens at the results (${colorScheme})`, async ({
      page,
      host,
    }, info) => {
      await page.emulateMedia({ colorScheme })
      await page.goto(host.url)
      const row = page.getByRole('row', { name: /Helpdesk replies/ })
      await expect(row).toContainText('Done')
      await expect(row).toContainText('4,000 rows')
      await expect(row).toContainText('+9.0 pts')
      await expect(page.getByText('Ready', { exact: true })).toBeVisible({ timeout: 20_000 })
      await page.screenshot({ path: info.outputPath(`home-${colorScheme}.png`) })
      await row.getByRole('link').click()
      await expect(page.getByRole('heading', { name: 'Results' })).toBeVisible()
      await page.locator('nav a[href$="/run"]').click()
      await expect(page.getByRole('heading', { name: 'Run 1', exact: true })).toBeVisible()
    })
  }
})
