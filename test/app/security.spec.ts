import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { expect, test, type AppHost } from './app-host.ts'

const onlyInBrowsers = 'The window has neither an address nor a port that another program could ask.'

test('the page runs scripts of its own files alone, and reaches nothing of the machine', async ({
  page,
  host,
}) => {
  const refused: string[] = []
  page.on('console', (message) => message.type() === 'error' && refused.push(message.text()))
  await page.goto(host.url)
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
  expect(
    await page.evaluate(() =>
      ['require', 'process', 'module', 'Buffer', 'global'].filter((name) => name in window),
    ),
  ).toEqual([])
  const ran = await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'window.wasRun = true'
    document.body.append(script)
    const image = document.createElement('div')
    image.innerHTML = '<img src="x:" onerror="window.wasRun = true">'
    document.body.append(image)
    return 'wasRun' in window
  })
  expect(ran).toBe(false)
  await expect.poll(() => refused.some((text) => /Content Security Policy/.test(text))).toBe(true)
  expect(await page.evaluate(() => 'wasRun' in window)).toBe(false)
  const blocked = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
          resolve(effectiveDirective),
        )
        void fetch('https://example.com/').catch(() => undefined)
      }),
  )
  expect(blocked).toBe('connect-src')
})

test('the policy names no inline and no evaluated script, and nobody may frame the page', async ({
  host,
}) => {
  test.skip(host.kind === 'electron', onlyInBrowsers)
  const { headers } = await ask(host, '/')
  const policy = String(headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(/script-src ([^;]*)/.exec(policy)?.[1]).toBe("'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe-eval')
  expect(headers['x-content-type-options']).toBe('nosniff')
  expect(headers['referrer-policy']).toBe('no-referrer')
})

test('another Host name, another Origin, a wrong token and paths out of the page folder get nothing', async ({
  host,
}) => {
  test.skip(host.kind === 'electron', onlyInBrowsers)
  const { host: own } = new URL(host.url)
  const token = host.url.split('token=')[1] ?? ''
  const upgrade = (origin: string | null, given: string) => ({
    host: own,
    ...(origin === null ? {} : { origin }),
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-protocol': `spin-studio, ${given}`,
  })
  const status = async (path: string, headers = {}) => (await ask(host, path, headers)).status
  expect(await status('/')).toBe(200)
  expect(await status('/', { host: 'evil.example' })).toBe(421)
  expect(await status('/../../package.json')).toBe(404)
  expect(await status('/%2e%2e/%2e%2e/package.json')).toBe(404)
  expect(await status('/', upgrade(`http://${own}`, token))).toBe(101)
  expect(await status('/', upgrade('http://evil.example', token))).toBe(403)
  expect(await status('/', upgrade(null, token))).toBe(403)
  expect(await status('/', upgrade(`http://${own}`, 'x'.repeat(token.length)))).toBe(403)
  expect(await status('/', upgrade(`http://${own}`, ''))).toBe(403)
})

test('the token leaves the address, and a reload stays connected', async ({ page, host }) => {
  test.skip(host.kind === 'electron', onlyInBrowsers)
  await page.goto(host.url)
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
  expect(page.url()).not.toContain('token')
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
})

test('a page without the token is refused and says what to do', async ({ page, host }) => {
  test.skip(host.kind === 'electron', onlyInBrowsers)
  await page.goto(host.url.split('#')[0] ?? '')
  await expect(page.getByRole('heading', { name: 'Not connected' })).toBeVisible()
})

test('the window goes nowhere else and opens no other', async ({ page, host, context }) => {
  test.skip(host.kind === 'browser', 'A browser goes where its person wants.')
  await page.goto(host.url)
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
  const at = page.url()
  await page.evaluate(() => {
    window.open('https://example.com/')
    window.location.href = 'https://example.com/'
  })
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
  expect(page.url()).toBe(at)
  expect(context.pages()).toHaveLength(1)
})

interface Answer {
  status: number
  headers: IncomingHttpHeaders
}

/** By hand, since a browser would not send such headers. 101 = a socket was opened. */
function ask(host: AppHost, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { port } = new URL(host.url)
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume()
      resolve({ status: response.statusCode ?? 0, headers: response.headers })
    })
    request.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ status: 101, headers: response.headers })
    })
    request.on('error', reject)
    request.end()
  })
}
