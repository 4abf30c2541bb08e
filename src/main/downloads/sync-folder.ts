import { open } from 'node:fs/promises'

/** Makes the names in a folder durable. */
export async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return // folders cannot be opened there
  const folder = await open(dir, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
