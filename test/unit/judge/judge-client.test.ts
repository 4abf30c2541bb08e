import { inspect } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { JudgeEndpoint } from '../../../src/contract/judge.ts'
import { completionsUrl, isPrivateHost } from '../../../src/main/judge/judge-address.ts'
import { createJudgeClient } from '../../../src/main/judge/judge-client.ts'
import { JudgeKey } from '../../../src/main/judge/judge-key.ts'
import { type Answering, json, type JudgeServer, reply, startJudgeServer } from './judge-server.ts'

const secret = 'sk-very-secret-123'
const servers: JudgeServer[] = []
afterAll(() => Promise.all(servers.map((server) => server.close())))

async function start(answering: Answering): Promise<JudgeServer> {
  const server = await startJudgeServer(answering)
  servers.push(server)
  return server
}

const never = new AbortController().signal
function ask(server: JudgeServer, more: object = {}, key: JudgeKey | null = new JudgeKey(secret)) {
  const endpoint = JudgeEndpoint.parse({
    baseUrl: server.url,
    model: 'gpt-judge',
    attempts: 3,
    backoffSeconds: 0.01,
    timeoutSeconds: 20,
    ...more,
  })
  return createJudgeClient(endpoint, key).ask('case-1', 'Which?', { stop: never, giveUp: never })
}

test('a request is that of the protocol, and the reply comes with its tokens', async () => {
  const server = await start((_, response) => reply(response, 'B is wrong. [[A]]'))
  expect(await ask(server)).toEqual({
    text: 'B is wrong. [[A]]',
    finish: 'stop',
    promptTokens: 100,
    completionTokens: 10,
  })
  const [{ path, headers, body }] = server.asked as [JudgeServer['asked'][number]]
  expect(path).toBe('POST /v1/chat/completions')
  expect(headers.authorization).toBe(`Bearer ${secret}`)
  expect(body).toEqual({
    model: 'gpt-judge',
    messages: [{ role: 'user', content: 'Which?' }],
    temperature: 0,
    max_tokens: 1024,
  })
  await ask(server, { temperature: null, tokenLimitField: 'max_completion_tokens', maxTokens: 50 }, null)
  expect(server.asked[1]!.headers.authorization).toBeUndefined()
  expect(Object.keys(server.asked[1]!.body)).toEqual(['model', 'messages', 'max_completion_tokens'])
})

test('a busy endpoint is asked again when it says so, a broken one after growing waits', async () => {
  let n = 0
  const busy = await start((_, response) => {
    if (n++ === 0) json(response, 429, { error: { message: 'slow down' } }, { 'retry-after': '1' })
    else reply(response, 'yes')
  })
  const startedAt = performance.now()
  expect((await ask(busy)).text).toBe('yes')
  expect(performance.now() - startedAt).toBeGreaterThan(950)
  expect(busy.asked).toHaveLength(2)

  let m = 0
  const broken = await start((_, response) => {
    if (m++ === 0) json(response, 503, {})
    else if (m === 2) response.destroy()
    else reply(response, 'at last')
  })
  expect((await ask(broken)).text).toBe('at last')
  // The same request each time, so that an endpoint that knows idempotency keys need not do it twice.
  expect(broken.asked.map(({ id }) => id)).toEqual(['case-1', 'case-1', 'case-1'])
})

test('after all tries, or where the wait would be long, it is told plainly', async () => {
  const down = await start((_, response) => json(response, 500, { error: { message: 'no GPU left' } }))
  await expect(ask(down)).rejects.toMatchObject({
    code: 'JUDGE_UNREACHABLE',
    message: expect.stringMatching(/Asked 3 times.*status 500.*no GPU left.*kept/) as string,
  })
  const later = await start((_, response) => json(response, 429, {}, { 'retry-after': '7200' }))
  await expect(ask(later)).rejects.toThrow('It asks to wait 120 minutes')
  expect(later.asked).toHaveLength(1)
  const silent = await start(() => undefined)
  await expect(ask(silent, { timeoutSeconds: 0.05, attempts: 2 })).rejects.toThrow(
    'did not reply within 0.05 s',
  )
  expect(silent.asked).toHaveLength(2)
  await down.close()
  await expect(ask(down)).rejects.toThrow('takes no connections; is the server running?')
})

test('what is wrong for good is not tried again, and says what to change', async () => {
  const refusals: [number, object, string][] = [
    [401, { error: { message: `Incorrect API key provided: ${secret}` } }, 'does not accept the key'],
    [404, { detail: 'Not Found' }, 'or the model "gpt-judge"'],
    [402, {}, 'want of credit'],
    [429, { error: { code: 'insufficient_quota', message: 'You exceeded your quota' } }, 'want of credit'],
    [
      400,
      { error: { message: "Use 'max_completion_tokens' instead." } },
      'the other name of the limit (max_comp',
    ],
    [400, { error: { message: "'temperature' does not support 0" } }, 'Leave out the temperature'],
  ]
  for (const [status, body, words] of refusals) {
    const server = await start((_, response) => json(response, status, body))
    const error = await ask(server).catch((caught: unknown) => caught as Error)
    expect(error).toMatchObject({ code: 'JUDGE_REFUSED', message: expect.stringContaining(words) as string })
    expect(inspect(error, { depth: 9 })).not.toContain(secret)
    expect(server.asked).toHaveLength(1)
  }
})

test('a redirect is not followed: neither key nor answers go to a host that was not named', async () => {
  const other = await start((_, response) => reply(response, '[[A]]'))
  for (const status of [301, 302, 307, 308]) {
    const server = await start((_, response) => {
      response.writeHead(status, { location: `${other.url}/chat/completions` }).end()
    })
    const error = await ask(server).catch((caught: unknown) => caught as Error)
    expect(error).toMatchObject({ code: 'JUDGE_REFUSED' })
    expect((error as Error).message).toContain(new URL(other.url).host)
  }
  expect(other.asked).toEqual([])
})

test('what does not speak the protocol is told apart, and an endless body is not read to its end', async () => {
  const bodies: [string, string][] = [
    ['<!doctype html><html><body>Log in</body></html>', 'found a web page'],
    ['{"choices": [', 'found "{"choices": ["'],
    ['', 'found nothing'],
    ['{"object":"list","data":[]}', 'JSON without a completion ("choices"'],
    ['{"choices":[]}', '"choices"'],
    [`"${secret}"`, 'JSON without a completion'],
  ]
  for (const [body, words] of bodies) {
    const server = await start((_, response) => response.end(body) as unknown as void)
    const error = await ask(server).catch((caught: unknown) => caught as Error)
    expect(error).toMatchObject({ code: 'JUDGE_BROKEN', message: expect.stringContaining(words) as string })
    expect((error as Error).message).not.toContain(secret)
  }
  let written = 0
  const endless = await start((_, response) => {
    const chunk = Buffer.alloc(2 ** 18, ' ')
    const write = (): void => {
      while (!response.destroyed && (written += chunk.length) && response.write(chunk));
      if (!response.destroyed) response.once('drain', write)
    }
    write()
  })
  await expect(ask(endless)).rejects.toThrow('a reply of more than 4 MiB')
  expect(written).toBeLessThan(64 * 2 ** 20)
})

test('a key is in the request and nowhere else', async () => {
  const key = new JudgeKey(` ${secret}\n`)
  expect(`${key} ${JSON.stringify({ key })} ${inspect(key)}`).toBe('[key] {"key":"[key]"} [key]')
  const echo = await start(({ headers }, response) => reply(response, `You sent ${headers.authorization}`))
  expect((await ask(echo, {}, key)).text).toBe('You sent Bearer [key]')
  expect(() => new JudgeKey('two words')).toThrow(/^(?!.*two words)/)
  expect(() => JudgeKey.fromVariable('HOME', { HOME: '/root' })).toThrow('ends in KEY or TOKEN')
  expect(() => JudgeKey.fromVariable('JUDGE_API_KEY', {})).toThrow('is not set')
  expect(JudgeKey.fromVariable('JUDGE_API_KEY', { JUDGE_API_KEY: secret }).authorization()).toBe(
    `Bearer ${secret}`,
  )
})

test('addresses are taken as people type them; those that would give a key away are refused', () => {
  const url = 'https://api.example.com/v1/chat/completions'
  for (const typed of [
    'https://api.example.com/v1',
    ' https://api.example.com/v1/ ',
    'api.example.com/v1',
    url,
  ])
    expect(completionsUrl(typed, true).href).toBe(url)
  expect(completionsUrl('localhost:8000/v1', true).href).toBe('http://localhost:8000/v1/chat/completions')
  expect(completionsUrl('http://judge.example.com', false).protocol).toBe('http:')
  for (const [typed, words] of [
    ['http://judge.example.com/v1', 'unencrypted'],
    ['https://u:p@judge.example.com/v1', 'user name or password'],
    ['https://judge.example.com/v1?key=1', '"?"'],
    ['ftp://judge.example.com', 'ftp:'],
    ['https://', 'no web address'],
  ])
    expect(() => completionsUrl(typed!, true)).toThrow(words!)
  for (const host of ['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.0.9', '[::1]', 'gpu-box', 'a.local'])
    expect(isPrivateHost(host)).toBe(true)
  for (const host of ['172.32.0.1', '8.8.8.8', 'example.com', '10.example.com', '[2001:db8::1]'])
    expect(isPrivateHost(host)).toBe(false)
})
