import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** Scripts from our own files only, nothing from anywhere else. Mantine writes its variables as inline styles. */
export function securityHeaders(connect = "'self'"): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  }
}

/** A file of the built page; null for what is not there or lies outside the folder. `urlPath` as in the request. */
export async function readPageFile(
  dir: string,
  urlPath: string,
): Promise<{ body: Buffer; type: string } | null> {
  let name: string
  try {
    name = normalize(decodeURIComponent(urlPath))
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
  const path = join(dir, name === sep ? 'index.html' : name)
  const type = types[extname(path)]
  if (!path.startsWith(dir + sep) || !type || name.includes('\0')) return null
  try {
    return { body: await readFile(path), type }
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR'))
      return null
    throw error
  }
}
