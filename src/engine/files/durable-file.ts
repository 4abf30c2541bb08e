import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes a file and fsyncs it: for new names in a folder that is itself renamed into place later. */
export async function writeDurable(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes `temporary` the new content of `path`: fsync of the file, rename, fsync of the folder. Both in one folder. */
export async function publishFile(temporary: string, path: string): Promise<void> {
  await syncPath(temporary, 'r+')
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/** Writes a small file whole: a reader sees the old content or the new one, never a part. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.tmp`
  await writeDurable(temporary, content)
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/** Makes a rename in the folder durable. Windows cannot fsync a folder and does not need to. */
export async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return
  await syncPath(dir, 'r')
}

async function syncPath(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
