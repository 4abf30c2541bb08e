import type { MainClient } from '../main-client.ts'
import { hostStrings as words } from '../strings/host.ts'
import { saveBytes } from './save-bytes.ts'

/** Makes the bundle and asks where to keep it. @returns where it is, in words; null = closed without a choice. */
export async function saveDiagnostics(client: MainClient): Promise<string | null> {
  const { dialogs } = await client.call('host', {})
  const { name, bytes } = await client.call('diagnostics', {})
  const path = await saveBytes(client, name, bytes)
  if (path !== null) return words.savedTo(path)
  return dialogs ? null : words.downloaded(name)
}
