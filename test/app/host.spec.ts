import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './app-host.ts'

const preferencesOf = (dataDir: string): unknown =>
  JSON.parse(readFileSync(join(dataDir, 'preferences.json'), 'utf8'))

test('a colour scheme chosen in the palette is kept by the program and followed by every page', async ({
  page,
  context,
  host,
}) => {
  await page.goto(host.url)
  const other = await context.newPage()
  await other.goto(host.url)
  const schemeOf = (which: typeof page) => which.locator('html').getAttribute('data-mantine-color-scheme')
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
  await page.bringToFront()
  await page.keyboard.press('Control+k')
  const search = page.getByRole('combobox', { name: 'Page, project, run or command' })
  await search.fill('dark colours')
  await search.press('Enter')
  await expect.poll(() => schemeOf(page)).toBe('dark')
  await expect.poll(() => schemeOf(other)).toBe('dark')
  expect(preferencesOf(host.dataDir)).toMatchObject({ colorScheme: 'dark' })
})

test('Ctrl O opens the page’s own folder browser, since a browser has no dialog for folders of the machine', async ({
  page,
  host,
}) => {
  await page.goto(host.url)
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
  await page.keyboard.press('Control+o')
  await expect(page.getByRole('dialog')).toBeVisible()
})

test('the status bar shows the load of the machine', async ({ page, host }) => {
  await page.goto(host.url)
  await expect(page.locator('.status-bar')).toContainText(/Disk [\d.]+ GB free/)
  await expect(page.locator('.status-bar')).toContainText(/(Processor|GPU) /, { timeout: 10_000 })
})
