import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the judge was sent. */
export interface AskedRequest {
  id: string
  path: string
  headers: IncomingMessage['headers']
  body: { model: string; messages: { role: string; content: string }[] } & Record<string, unknown>
  prompt: string
}

export interface JudgeServer {
  /** Up to and with /v1. */
  url: string
  asked: AskedRequest[]
  /** The most requests that were open at once. */
  mostAtOnce(): number
  close(): Promise<void>
}

export type Answering = (request: AskedRequest, response: ServerResponse) => void | Promise<void>

/** A real HTTP server on loopback that speaks OpenAI's chat completions as `answering` says. */
export async function startJudgeServer(answering: Answering): Promise<JudgeServer> {
  const asked: AskedRequest[] = []
  let [open, most] = [0, 0]
  const server = createServer((request, response) => {
    most = Math.max(most, ++open)
    response.on('close', () => open--)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const body = (text === '' ? { model: '', messages: [] } : JSON.parse(text)) as AskedRequest['body']
      const one = {
        id: String(request.headers['idempotency-key'] ?? ''),
        path: `${request.method} ${request.url}`,
        headers: request.headers,
        body,
        prompt: body.messages[0]?.content ?? '',
      }
      asked.push(one)
      void answering(one, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    mostAtOnce: () => most,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

export function reply(response: ServerResponse, content: string | null, more: object = {}): void {
  json(response, 200, {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'judge',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
    ...more,
  })
}

export function json(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** The texts of the answers in a prompt, in the order shown; those of the last turn. */
export function answersIn(prompt: string): string[] {
  const blocks = [
    ...prompt.matchAll(/^=== (answer(?: of [AB])?)(?: of turn \d)? [0-9a-f]{8} ===\n(.*?)\n=== end/gms),
  ]
  const names = new Map(blocks.map(([, name, text]) => [name!, text!]))
  return [...names.values()]
}
