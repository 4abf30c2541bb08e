import type { MainClient } from '../main-client.ts'

const keepUrlMs = 60_000

/** A native dialog in the desktop window, a download in a browser. @returns where it is; null = closed, or a download. */
export async function saveBytes(client: MainClient, name: string, bytes: Uint8Array): Promise<string | null> {
  const { dialogs } = await client.call('host', {})
  if (dialogs) return (await client.call('saveFile', { name, bytes: new Uint8Array(bytes) })).path
  const url = URL.createObjectURL(new Blob([new Uint8Array(bytes)]))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser reads it after this returns.
  setTimeout(() => URL.revokeObjectURL(url), keepUrlMs)
  return null
}
