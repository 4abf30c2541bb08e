import type { MainClient } from '../main-client.ts'
import { saveBytes } from './save-bytes.ts'

/** Makes the bundle and asks where to keep it. */
export async function saveDiagnostics(client: MainClient): Promise<string | null> {
  const { name, bytes } = await client.call('diagnostics', {})
  return saveBytes(client, name, bytes)
}
