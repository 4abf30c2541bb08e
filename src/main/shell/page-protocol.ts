import { protocol } from 'electron'
import { readPageFile, securityHeaders } from '../page-files.ts'

const scheme = 'app'
export const pageOrigin = `${scheme}://spin-studio`

/** Before the app is ready: the page gets an origin of its own instead of file://. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
}

export function servePage(pageDir: string): void {
  protocol.handle(scheme, async (request) => {
    const { origin, protocol: used, host, pathname } = new URL(request.url)
    const ours = origin === pageOrigin || `${used}//${host}` === pageOrigin
    const file = ours ? await readPageFile(pageDir, pathname) : null
    if (!file) return new Response('No such page.', { status: 404, headers: securityHeaders("'none'") })
    return new Response(new Uint8Array(file.body), {
      headers: { ...securityHeaders("'none'"), 'content-type': file.type },
    })
  })
}
