import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Page, WebSocketRoute } from '@playwright/test'
import { expect, test, type AppHost } from './app-host.ts'

async function openHome(page: Page, host: AppHost): Promise<void> {
  await page.goto(host.url)
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
}

test('the palette opens by Ctrl K, finds a command by its words, and runs it', async ({ page, host }) => {
  await openHome(page, host)
  await page.keyboard.press('Control+k')
  const field = page.getByRole('combobox', { name: 'Page, project, run or command' })
  await field.fill('models open')
  await expect(page.getByRole('option')).toHaveCount(1)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Models', exact: true })).toBeVisible()
  await expect(field).toBeHidden()
})

test('shortcuts lead to settings and help, fold the sidebar, and go through the panes', async ({
  page,
  host,
}) => {
  await openHome(page, host)
  await page.keyboard.press('Control+,')
  await expect(page.getByRole('heading', { name: 'Settings', exact: true })).toBeVisible()
  await page.keyboard.press('F1')
  await expect(page.getByRole('heading', { name: 'Help', exact: true })).toBeVisible()
  const sidebar = page.getByRole('navigation', { name: 'Pages' })
  const width = async (): Promise<number> => (await sidebar.boundingBox())?.width ?? 0
  expect(await width()).toBeGreaterThan(200)
  await page.keyboard.press('Control+b')
  expect(await width()).toBeLessThan(60)
  await expect(sidebar.getByRole('link', { name: 'Compare runs' })).toBeVisible()
  await page.keyboard.press('F6')
  await expect(sidebar).toBeFocused()
  await page.keyboard.press('F6')
  await expect(page.locator('[data-pane]').first()).toBeFocused()
})

test('a narrow window folds the sidebar to icons that keep their names', async ({ page, host }) => {
  await page.setViewportSize({ width: 1100, height: 700 })
  await page.goto(host.url)
  const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: /^Settings/ })
  expect((await link.boundingBox())?.width).toBeLessThan(56)
  await link.click()
  await expect(page.getByRole('heading', { name: 'Settings', exact: true })).toBeVisible()
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
})

test('in a small window the sidebar is a drawer: by button or keys, closed by Escape, the backdrop or a choice', async ({
  page,
  host,
}) => {
  await page.setViewportSize({ width: 900, height: 640 })
  await openHome(page, host)
  const sidebar = page.getByRole('navigation', { name: 'Pages' })
  const button = page.getByRole('button', { name: 'Pages' })
  await expect(sidebar).toBeHidden()
  expect((await page.getByRole('main').boundingBox())?.width).toBe(900)

  await button.focus()
  await page.keyboard.press('Enter')
  const drawer = page.getByRole('dialog', { name: 'Pages' })
  await expect(drawer.getByRole('link', { name: /^Settings/ })).toBeInViewport()
  await expect(drawer.locator(':focus')).toHaveCount(1)
  // As many steps as it has places, and more: focus stays in it.
  for (let n = 0; n < 14; n++) {
    await page.keyboard.press('Tab')
    await expect(drawer.locator(':focus')).toHaveCount(1)
  }
  await page.keyboard.press('Escape')
  await expect(sidebar).toBeHidden()
  await expect(button).toBeFocused()

  await page.keyboard.press('Control+b')
  await expect(sidebar).toBeVisible()
  await page.keyboard.press('Control+b')
  await expect(sidebar).toBeHidden()
  await page.keyboard.press('Control+b')
  await expect(sidebar).toBeVisible()
  await page.mouse.click(800, 400)
  await expect(sidebar).toBeHidden()

  await button.click()
  await drawer.getByRole('link', { name: /^Models/ }).click()
  await expect(page.getByRole('heading', { name: 'Models', exact: true })).toBeVisible()
  await expect(sidebar).toBeHidden()

  await button.click()
  await page.setViewportSize({ width: 1440, height: 900 })
  await expect(drawer).toBeHidden()
  expect((await sidebar.boundingBox())?.width).toBeGreaterThan(200)
})

test('settings apply at once and are there after a reload', async ({ page, host }) => {
  await openHome(page, host)
  await page.getByRole('link', { name: /^Settings/ }).click()
  await expect(page.getByRole('radio', { name: 'Choose for me' })).toBeChecked()
  await page.getByRole('group', { name: 'Devices' }).getByRole('radio').nth(1).press('Space')
  await page.getByText('Dark', { exact: true }).click()
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark')
  const crashes = page.getByRole('switch', { name: 'Keep crash reports' })
  await expect(crashes).toBeChecked()
  await crashes.press('Space')
  await expect(crashes).not.toBeChecked()
  await page.reload()
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked()
  await expect(page.getByRole('group', { name: 'Devices' }).getByRole('radio').nth(1)).toBeChecked()
  await expect(page.getByRole('group', { name: 'Devices' }).getByRole('status')).toContainText(
    'Chosen by you',
  )
  await expect(page.getByRole('switch', { name: 'Keep crash reports' })).not.toBeChecked()
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark')
})

test('diagnostics are saved as a file that names no path of the person', async ({ page, host }) => {
  test.skip(host.kind === 'electron', 'The desktop window asks by a dialog of the system.')
  await openHome(page, host)
  await page.getByRole('link', { name: /^Settings/ }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save diagnostics…' }).click()
  const saved = await download
  expect(saved.suggestedFilename()).toMatch(/^spin-studio-diagnostics-[\d-]+\.json\.gz$/)
  const text = gunzipSync(readFileSync(await saved.path())).toString()
  expect(text).toContain('"versions"')
  expect(text).not.toContain(host.dataDir)
  await expect(page.getByText(/^Downloaded as/)).toBeVisible()
})

test('help is searched, opens where the words are, and lists every shortcut of the window', async ({
  page,
  host,
}) => {
  await openHome(page, host)
  await page.keyboard.press('F1')
  await expect(page.getByRole('heading', { name: 'Help', exact: true })).toBeVisible()
  await page.keyboard.press('/')
  const search = page.getByRole('searchbox', { name: 'Search help' })
  await expect(search).toBeFocused()
  await search.fill('coin flip')
  await page.getByRole('link', { name: 'Run: Reading the charts' }).click()
  await expect(page.getByRole('heading', { name: 'Reading the charts' })).toBeInViewport()
  await expect(page.getByRole('cell', { name: /It begins at ln 2 = 0\.693/ })).toBeVisible()
  await search.fill('no such words')
  await expect(page.getByText(/Nothing here speaks of/)).toBeVisible()
  await search.press('Escape')
  await page.getByRole('link', { name: 'Keyboard shortcuts' }).click()
  await expect(page.getByRole('row', { name: /Ctrl Enter/ })).toContainText('main action')
})

test('the About dialog shows versions and the licence, and Esc closes it', async ({ page, host }) => {
  await openHome(page, host)
  await page.keyboard.press('Control+k')
  await page.keyboard.type('about')
  await page.keyboard.press('Enter')
  const about = page.getByRole('dialog', { name: 'About SPIN Studio' })
  await expect(about.getByText(/^Version \d+\.\d+\.\d+/)).toBeVisible({ timeout: 20_000 })
  await expect(about.getByText('Node.js')).toBeVisible()
  await about.getByRole('button', { name: 'Read it' }).click()
  await expect(about.getByText(/Apache License/).first()).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(about).toBeHidden()
})

test('without the program the page says so, keeps what it showed, and says when it was started anew', async ({
  page,
  host,
}) => {
  test.skip(host.kind === 'electron', 'The window ends with its program there.')
  await openHome(page, host)
  await host.kill()
  await expect(page.getByRole('alert').getByText('Connection lost')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Reload' })).toBeVisible()
  expect(await page.locator('.connected').evaluate((element) => element.hasAttribute('inert'))).toBe(true)
  await expect(page.getByText('Try the starter')).toBeVisible()
  // As if another program answered at this address: the page is there, its socket is not taken.
  const mark = readFileSync(new URL('../../src/renderer/mark.svg', import.meta.url))
  await page.route('**/*.svg?*', (route) => route.fulfill({ contentType: 'image/svg+xml', body: mark }))
  await expect(page.getByRole('alert').getByText(/started anew/)).toBeVisible({ timeout: 10_000 })
})

test('a connection that broke while the program goes on is taken up again by itself', async ({
  page,
  host,
}) => {
  test.skip(host.kind === 'electron', 'There is no socket there.')
  const sockets: WebSocketRoute[] = []
  await page.routeWebSocket('**/', (socket) => {
    socket.connectToServer()
    sockets.push(socket)
  })
  await openHome(page, host)
  await sockets[0]?.close()
  await expect(page.getByRole('alert').getByText('Connection lost')).toBeVisible()
  await expect(page.getByRole('alert').getByText('Connection lost')).toBeHidden({ timeout: 10_000 })
  await page.keyboard.press('Control+k')
  await page.keyboard.type('dark')
  await page.keyboard.press('Enter')
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark')
})

test.describe('beside a run', () => {
  test.use({ smallRuns: true })

  test('another page tells how far it is in its title and that it is done, and leads to the results', async ({
    page,
    host,
  }) => {
    test.setTimeout(150_000)
    await openHome(page, host)
    await page.evaluate((hash) => {
      window.location.hash = hash
    }, `#/project/${host.projects?.planned}/plan`)
    await page.getByRole('button', { name: 'Start run' }).click({ timeout: 20_000 })
    await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible({ timeout: 30_000 })
    await page.keyboard.press('F1')
    await expect(page.getByRole('heading', { name: 'Help', exact: true })).toBeVisible()
    await expect(page).toHaveTitle(/^(\d+% · )?Run 3 · SPIN Studio$/)
    const notice = page.getByRole('status', { name: 'Notices' })
    await expect(notice.getByText('Run 3 is done')).toBeVisible({ timeout: 100_000 })
    await expect(page).toHaveTitle('SPIN Studio')
    await notice.getByRole('button', { name: 'See the results' }).click()
    await expect(page.getByRole('heading', { name: 'Results', level: 1 })).toBeVisible()
    await expect(notice.getByText('Run 3 is done')).toBeHidden()
  })
})

test('settings list what the machine computes on, and measure it when asked', async ({
  page,
  host,
}, info) => {
  await openHome(page, host)
  await page.getByRole('link', { name: /^Settings/ }).click()
  const devices = page.getByRole('group', { name: 'Devices' })
  await expect(devices.getByText('In use')).toBeVisible()
  await expect(devices.getByRole('status')).toContainText('Computes on')
  await expect(devices.getByText(/GFLOP\/s/)).toHaveCount(0)
  await devices.getByRole('button', { name: 'Measure' }).click()
  await expect(devices.getByText(/GFLOP\/s/).first()).toBeVisible({ timeout: 60_000 })
  await expect(devices.getByRole('status')).toContainText('Computes on', { timeout: 90_000 })
  await devices.scrollIntoViewIfNeeded()
  await page.screenshot({ path: info.outputPath('devices.png') })
})
