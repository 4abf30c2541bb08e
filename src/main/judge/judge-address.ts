import { AppError } from '../../contract/errors.ts'

/**
 * Where chat completions are asked for, from what a person types: "https://api.openai.com/v1", "localhost:8000/v1", with or
 * without `/chat/completions`. Throws BAD_INPUT for anything that is no plain web address, and for a key that would cross
 * a public network unencrypted.
 */
export function completionsUrl(typed: string, hasKey: boolean): URL {
  const text = typed.trim()
  const schemed = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
    ? text
    : `${looksLocal(text) ? 'http' : 'https'}://${text}`
  let url: URL
  try {
    url = new URL(schemed)
  } catch (cause) {
    throw refuse(`is no web address. Type something like https://api.openai.com/v1`, cause)
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refuse(`begins with ${url.protocol}//. Expected https:// or http://`)
  if (url.username !== '' || url.password !== '')
    throw refuse(
      'holds a user name or password, which would be written to the record. Give the key by itself',
    )
  if (url.search !== '' || url.hash !== '')
    throw refuse('holds a "?" or "#" part, which may be a key. Give the address alone, and the key by itself')
  if (hasKey && url.protocol === 'http:' && !isPrivateHost(url.hostname))
    throw refuse('would carry your key over the internet unencrypted. Use https://, or no key')
  const path = url.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '')
  url.pathname = `${path}/chat/completions`
  return url

  function refuse(what: string, cause?: unknown): AppError {
    return new AppError('BAD_INPUT', `The judge's address ${what}.`, {}, { cause })
  }
}

const looksLocal = (text: string): boolean => isPrivateHost(text.replace(/[/:].*$/, ''))

/** This machine, or one of the local network: their addresses lead nowhere else. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '')
  if (host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.local')) return true
  if (host === '::1' || /^f[cd][0-9a-f]{2}:/.test(host) || /^fe[89ab][0-9a-f]:/.test(host)) return true
  const parts = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(host)
  if (!parts) return /^[a-z][a-z0-9-]*$/.test(host) // a name without a dot is of the local network
  const [a, b] = [Number(parts[1]), Number(parts[2])]
  return a === 127 || a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168)
}
