import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'

/** What electron-builder writes beside app.asar when a package is made with an address for updates; else there is none. */
const PackagedFeed = z.object({ provider: z.literal('generic'), url: z.string() })
/** What it writes beside the installers: latest.yml and its like. Only the version is used. */
const LatestFile = z.object({ version: z.string().regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/) })

const patienceMs = 10_000
const maxCharacters = 65_536
const loopback = new Set(['127.0.0.1', 'localhost'])

/** The address that this package asks for newer versions; null = none, as packages are made by default. */
export function readUpdateFeed(path: string | null): URL | null {
  if (path === null || !existsSync(path)) return null
  const feed = PackagedFeed.safeParse(parse(readFileSync(path, 'utf8')))
  if (!feed.success || !URL.canParse(feed.data.url)) return null
  const url = new URL(feed.data.url.endsWith('/') ? feed.data.url : `${feed.data.url}/`)
  return url.protocol === 'https:' || loopback.has(url.hostname) ? url : null
}

/** electron-builder's name of the file that tells the newest version for a system. */
export function latestFileName(platform: string, arch: string): string {
  if (platform === 'darwin') return 'latest-mac.yml'
  if (platform === 'win32') return 'latest.yml'
  return arch === 'x64' ? 'latest-linux.yml' : `latest-linux-${arch}.yml`
}

/** The newest version that the feed names. Sends nothing but the request. Throws FILE_UNREADABLE. */
export async function newestVersion(
  feed: URL,
  { platform, arch }: { platform: string; arch: string },
  signal: AbortSignal,
): Promise<string> {
  const address = new URL(latestFileName(platform, arch), feed)
  const response = await fetch(address, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    credentials: 'omit',
    redirect: 'error',
  })
  const text = response.ok ? (await response.text()).slice(0, maxCharacters) : ''
  const latest = LatestFile.safeParse(text === '' ? null : parse(text))
  if (latest.success) return latest.data.version
  throw new AppError(
    'FILE_UNREADABLE',
    `Expected the newest version in ${address}, found ${response.ok ? 'something else' : `status ${response.status}`}.`,
    { address: address.href },
  )
}

/** Whether `a` is a later version than `b`; a pre-release is earlier than its release. */
export function isLater(a: string, b: string): boolean {
  const [x, y] = [a, b].map((version) => {
    const [numbers = '', ...rest] = version.split('-')
    return { numbers: numbers.split('.').map(Number), pre: rest.join('-') }
  }) as [{ numbers: number[]; pre: string }, { numbers: number[]; pre: string }]
  for (let i = 0; i < 3; i++) {
    const difference = (x.numbers[i] ?? 0) - (y.numbers[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  if (x.pre === '' || y.pre === '') return x.pre === '' && y.pre !== ''
  return x.pre.localeCompare(y.pre, 'en', { numeric: true }) > 0
}
