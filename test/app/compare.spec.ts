import { expect, test } from './app-host.ts'

test.use({ smallRuns: true })
test('x', async ({ page, host }) => {
  test.setTimeout(200_000)
  await page.goto(host.url)
  await page.evaluate(() => { window.location.hash = '#/compare/1,2' })
  await expect(page.getByRole('heading', { name: 'Compare runs' })).toBeVisible()
})
