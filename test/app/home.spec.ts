import { request as httpRequest } from 'node:http'
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

test('the token leaves the address and a reload stays connected', async ({ page, host }) => {
  await page.goto(host.url)
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
  expect(page.url()).not.toContain('token')
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
})

test('a page without the token is refused and says what to do', async ({ page, host }) => {
  await page.goto(host.url.split('#')[0] ?? '')
  await expect(page.getByRole('heading', { name: 'Not connected' })).toBeVisible()
})

test('another Host name, another Origin and paths out of the page folder get nothing', async ({ host }) => {
  const { port } = new URL(host.url)
  const token = host.url.split('token=')[1] ?? ''
  const status = (path: string, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path, headers }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      request.on('upgrade', (_response, socket) => {
        socket.destroy()
        resolve(101)
      })
      request.on('error', reject)
      request.end()
    })
  const upgrade = (origin: string, given: string) => ({
    host: `127.0.0.1:${port}`,
    origin,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-protocol': `spin-studio, ${given}`,
  })
  const own = `http://127.0.0.1:${port}`
  expect(await status('/', {})).toBe(200)
  expect(await status('/', { host: 'evil.example' })).toBe(421)
  expect(await status('/../../package.json', {})).toBe(404)
  expect(await status('/%2e%2e/%2e%2e/package.json', {})).toBe(404)
  expect(await status('/', upgrade(own, token))).toBe(101)
  expect(await status('/', upgrade('http://evil.example', token))).toBe(403)
  expect(await status('/', upgrade(own, 'x'.repeat(token.length)))).toBe(403)
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
