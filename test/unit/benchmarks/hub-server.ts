import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface HubRequest {
  path: string
  range: string | null
}

export interface ServedHub {
  base: string
  requests: HubRequest[]
  /** Ends the next download of a path behind so many bytes of its answer. */
  cut(path: string, afterBytes: number): void
}

/** dataset → revision → path → bytes. Files of more than 1,000 bytes are "large" ones with a sha256, as on the hub. */
export type HubFiles = Record<string, Record<string, Record<string, Buffer>>>

interface ServeOptions {
  /** Answers a Range request with the whole file. */
  ignoresRanges?: boolean
  /** Serves other bytes than are listed. */
  corrupts?: string
}

const filesAPage = 2

/** A real HTTP server that answers as huggingface.co does: pages of the tree by Link, downloads by a redirect to a store. */
export async function serveHub(files: HubFiles, options: ServeOptions = {}): Promise<ServedHub> {
  const requests: HubRequest[] = []
  const cuts = new Map<string, number>()
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://hub')
    const [, tree, treeRevision] = /^\/api\/datasets\/(.+)\/tree\/([^/]+)$/.exec(url.pathname) ?? []
    if (tree) return sendTree(files[tree]?.[decodeURIComponent(treeRevision!)], url, response)
    requests.push({ path: url.pathname, range: request.headers.range ?? null })
    if (url.pathname.startsWith('/datasets/')) {
      response.writeHead(302, { location: `/store${url.pathname}` }).end()
      return
    }
    const [, dataset, revision, path] =
      /^\/store\/datasets\/(.+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname) ?? []
    const bytes = dataset && files[dataset]?.[decodeURIComponent(revision!)]?.[decodeURIComponent(path!)]
    if (!bytes) return void response.writeHead(404).end()
    sendFile(path!, bytes, request, response)
  })

  function sendFile(path: string, listed: Buffer, request: IncomingMessage, response: ServerResponse): void {
    const bytes = options.corrupts === path ? Buffer.from(listed.map((byte) => byte ^ 1)) : listed
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
    const from = asked && !options.ignoresRanges ? Number(asked[1]) : 0
    if (from > bytes.length) return void response.writeHead(416).end()
    const rest = bytes.subarray(from)
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': rest.length,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    })
    const cut = cuts.get(path)
    cuts.delete(path)
    if (cut === undefined) response.end(rest)
    else response.write(rest.subarray(0, cut), () => response.destroy())
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(() => resolve()))
  })
  const { port } = server.address() as AddressInfo
  return { base: `http://127.0.0.1:${port}`, requests, cut: (path, bytes) => void cuts.set(path, bytes) }
}

function sendTree(files: Record<string, Buffer> | undefined, url: URL, response: ServerResponse): void {
  if (!files) return void response.writeHead(404).end()
  const from = Number(url.searchParams.get('cursor') ?? 0)
  const names = Object.keys(files)
  const next =
    from + filesAPage < names.length ? `${url.pathname}?recursive=true&cursor=${from + filesAPage}` : null
  const entries = names.slice(from, from + filesAPage).map((path) => {
    const bytes = files[path]!
    const blob = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return bytes.length > 1000
      ? {
          type: 'file',
          path,
          size: bytes.length,
          oid: 'pointer',
          lfs: { oid: sha256, size: bytes.length, pointerSize: 130 },
        }
      : { type: 'file', path, size: bytes.length, oid: blob }
  })
  response.writeHead(200, {
    'content-type': 'application/json',
    ...(next ? { link: `<${next}>; rel="next"` } : {}),
  })
  response.end(JSON.stringify([{ type: 'directory', path: 'data', size: 0, oid: 'tree' }, ...entries]))
}
