import { AppError } from '../../contract/errors.ts'
import type { JudgeEndpoint } from '../../contract/judge.ts'

/** A failure that passes: what happened, and after which time the endpoint wants to be asked again. */
export interface TryAgain {
  again: string
  afterMs: number | null
}

const passing = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529])

/** What a status other than 2xx means: a wait, or (thrown) JUDGE_REFUSED in words that say what to change. */
export function refusal(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  body: string,
  url: URL,
  { model, tokenLimitField }: JudgeEndpoint,
): TryAgain {
  const said = whatItSays(body)
  const quoted = said === '' ? '' : ` It says: "${said}"`
  const refuse = (words: string): AppError =>
    new AppError('JUDGE_REFUSED', `${url.host} ${words}${quoted}`, { host: url.host, status })

  if (status >= 300 && status < 400) {
    const target = targetHost(headers.get('location'), url.href)
    throw refuse(
      `sends requests on to ${target} (status ${status}), and they were not followed: neither your key nor the answers go to ` +
        'an address that you have not named. If it is right, name it yourself.',
    )
  }
  if (status === 401 || status === 403)
    throw refuse(`does not accept the key (status ${status}). Check the key and what it may be used for.`)
  if (status === 402 || /insufficient_quota/.test(body))
    throw refuse(`refuses for want of credit (status ${status}). Check your account there.`)
  if (status === 404)
    throw refuse(
      `does not know ${url.pathname} or the model "${model}" (status 404). Check both; most addresses end in /v1.`,
    )
  if (passing.has(status))
    return { again: `answers with status ${status}${quoted && `,${quoted}`}`, afterMs: retryAfter(headers) }
  const hint = /max_completion_tokens/.test(body)
    ? ` Use the other name of the limit (${tokenLimitField === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'}).`
    : /temperature/.test(body)
      ? ' Leave out the temperature.'
      : ''
  throw refuse(`does not take the request (status ${status}).${hint}`)
}

/** Seconds or a date. */
function retryAfter(headers: Headers): number | null {
  const ms = Number(headers.get('retry-after-ms') ?? Number.NaN)
  if (ms >= 0) return ms
  const text = headers.get('retry-after')?.trim()
  if (!text) return null
  const seconds = Number(text)
  if (seconds >= 0) return seconds * 1000
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now())
}

/** The endpoint's own message, short and on one line. */
function whatItSays(body: string): string {
  let text = body
  try {
    const value = JSON.parse(body) as {
      error?: { message?: unknown } | string
      message?: unknown
      detail?: unknown
    } | null
    const error = value?.error
    const message = typeof error === 'object' ? error?.message : error
    text = [message, value?.message, value?.detail].find((one) => typeof one === 'string') ?? ''
  } catch {
    if (/^\s*</.test(body)) text = ''
  }
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

function targetHost(location: string | null, from: string): string {
  if (location === null || !URL.canParse(location, from)) return 'an address that it does not give'
  const { protocol, host } = new URL(location, from)
  return `${protocol}//${host}`
}

/** Why nothing came back, by the system's code. */
export function unreachable(error: unknown): string {
  const code = codeOf(error)
  const words: Record<string, string> = {
    ECONNREFUSED: 'takes no connections; is the server running?',
    ENOTFOUND: 'is not known by that name; check the address and your network',
    EAI_AGAIN: 'cannot be looked up; check your network',
    ECONNRESET: 'broke the connection off',
    UND_ERR_SOCKET: 'broke the connection off',
    ETIMEDOUT: 'cannot be reached in time',
    UND_ERR_CONNECT_TIMEOUT: 'cannot be reached in time',
    CERT_HAS_EXPIRED: 'shows a certificate that has expired',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'shows a certificate that it signed itself',
    SELF_SIGNED_CERT_IN_CHAIN: 'shows a certificate that is not trusted',
  }
  return words[code] ?? `cannot be asked (${code === '' ? 'no reason given' : code})`
}

function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0])
  }
  return ''
}
