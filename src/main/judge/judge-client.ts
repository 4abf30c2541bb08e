import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import type { JudgeEndpoint, JudgeRequest } from '../../contract/judge.ts'
import { completionsUrl } from './judge-address.ts'
import { refusal, type TryAgain, unreachable } from './judge-failures.ts'
import type { JudgeKey } from './judge-key.ts'

export interface JudgeReply {
  text: string
  finish: string | null
  promptTokens: number | null
  completionTokens: number | null
}

export interface JudgeClient {
  /** Where requests go, for people to see. */
  readonly url: string
  /**
   * One reply. Tries again, with growing waits or as long as the endpoint asks, where it was busy, broke down or was not
   * reached. `stop` ends waits and new tries at once; `giveUp` also ends the request in flight. Throws JUDGE_REFUSED,
   * JUDGE_UNREACHABLE, JUDGE_BROKEN, CANCELLED.
   */
  ask(id: string, prompt: string, signals: { stop: AbortSignal; giveUp: AbortSignal }): Promise<JudgeReply>
}

/** A reply is a few kilobytes; whatever is longer than this is no reply. */
const longestBody = 4 * 2 ** 20
/** An endpoint that asks for a longer wait is out of service: judging stops and can be gone on with. */
const longestWaitMs = 10 * 60_000

const Completion = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        message: z.looseObject({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z
    .looseObject({ prompt_tokens: z.number().optional(), completion_tokens: z.number().optional() })
    .nullish(),
})

/** A client of OpenAI's chat-completions protocol. @throws AppError BAD_INPUT for an address that is none. */
export function createJudgeClient(endpoint: JudgeEndpoint, key: JudgeKey | null): JudgeClient {
  const url = completionsUrl(endpoint.baseUrl, key !== null)
  const redact = (text: string): string => key?.redact(text) ?? text
  const withoutKey = (reply: JudgeReply): JudgeReply => ({
    ...reply,
    text: redact(reply.text),
    finish: reply.finish === null ? null : redact(reply.finish),
  })
  /** Nobody asks before this: a 429 concerns all requests in flight. */
  let notBefore = 0

  async function once(id: string, prompt: string, giveUp: AbortSignal): Promise<JudgeReply | TryAgain> {
    const timeout = AbortSignal.timeout(endpoint.timeoutSeconds * 1000)
    try {
      const response = await fetch(url, {
        method: 'POST',
        // Never followed: a redirect would carry the key, or the answers, to somebody who was not named.
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'user-agent': 'spin-studio',
          'idempotency-key': id,
          ...(key === null ? {} : { authorization: key.authorization() }),
        },
        body: JSON.stringify(requestBody(endpoint, prompt)),
        signal: AbortSignal.any([timeout, giveUp]),
      })
      const body = await boundedText(response, url.host)
      if (response.ok) return withoutKey(completionOf(body, url.host, redact))
      return refusal(response, redact(body), url, endpoint)
    } catch (error) {
      if (error instanceof AppError) throw error
      if (giveUp.aborted) throw stopped()
      if (timeout.aborted)
        return { again: `did not reply within ${endpoint.timeoutSeconds} s`, afterMs: null }
      return { again: unreachable(error), afterMs: null }
    }
  }

  return {
    url: url.href,
    async ask(id, prompt, { stop, giveUp }) {
      for (let attempt = 1; ; attempt++) {
        await waitUntil(notBefore, stop)
        const outcome = await once(id, prompt, giveUp)
        if ('text' in outcome) return outcome
        const { again, afterMs } = outcome
        const backoff = endpoint.backoffSeconds * 1000 * 2 ** (attempt - 1)
        const waitMs = afterMs ?? Math.min(60_000, backoff) * (0.75 + 0.5 * Math.random())
        const tries = attempt === 1 ? 'once' : `${attempt} times`
        if (attempt >= endpoint.attempts || waitMs > longestWaitMs) {
          const wait = waitMs > longestWaitMs ? ` It asks to wait ${Math.ceil(waitMs / 60_000)} minutes.` : ''
          throw new AppError(
            'JUDGE_UNREACHABLE',
            `Asked ${tries}, ${url.host} ${redact(again)}.${wait} Verdicts so far are kept; start judging again to go on.`,
            { host: url.host, attempts: attempt },
          )
        }
        if (afterMs !== null) notBefore = Math.max(notBefore, Date.now() + afterMs)
        await waitUntil(Date.now() + waitMs, stop)
      }
    },
  }
}

/** What is sent, here and in a batch file. */
export function requestBody(
  { model, temperature, maxTokens, tokenLimitField }: JudgeRequest,
  prompt: string,
): object {
  return {
    model,
    messages: [{ role: 'user', content: prompt }],
    ...(temperature === null ? {} : { temperature }),
    [tokenLimitField]: maxTokens,
  }
}

/** The reply of a completion, as JSON text or as an object of a batch. @throws AppError JUDGE_BROKEN */
export function readCompletion(value: unknown, host: string): JudgeReply {
  const parsed = Completion.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw broken(host, `JSON without a completion ("${issue.path.join('.')}": ${issue.message})`)
  }
  const { choices, usage } = parsed.data
  const { message, finish_reason } = choices[0]!
  return {
    text: message.content ?? message.refusal ?? '',
    finish: finish_reason ?? null,
    promptTokens: usage?.prompt_tokens ?? null,
    completionTokens: usage?.completion_tokens ?? null,
  }
}

function completionOf(body: string, host: string, redact: (text: string) => string): JudgeReply {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    const what = /^\s*</.test(body) ? 'a web page' : `"${redact(body).slice(0, 80).replaceAll(/\s+/g, ' ')}"`
    throw broken(host, body.trim() === '' ? 'nothing' : what)
  }
  return readCompletion(value, host)
}

function broken(host: string, found: string): AppError {
  return new AppError(
    'JUDGE_BROKEN',
    `Expected a chat completion of ${host}, found ${found}. Check that the address is that of an OpenAI-compatible ` +
      'endpoint; most end in /v1.',
    { host },
  )
}

/** Reads at most `longestBody` bytes, decompressed. */
async function boundedText(response: Response, host: string): Promise<string> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += chunk.length
    // Leaving the loop closes the connection.
    if (bytes > longestBody) throw broken(host, `a reply of more than ${longestBody / 2 ** 20} MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function waitUntil(time: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) throw stopped()
  const ms = time - Date.now()
  if (ms <= 0) return
  await pause(ms, undefined, { signal: stop }).catch((error: unknown) => {
    if (stop.aborted) throw stopped()
    throw error
  })
}

const stopped = (): AppError =>
  new AppError('CANCELLED', 'Judging was stopped; verdicts so far are kept, and it goes on from there.')
