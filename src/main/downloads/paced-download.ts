import { downloadFile, type DownloadOptions } from './download-file.ts'
import type { RemoteFile } from './remote-file.ts'

export interface Pace {
  /** Of the file, those of an earlier attempt included. */
  bytes: number
  /** Bytes a second of this attempt; null within its first second. */
  rate: number | null
}

/**
 * Fetches a file to `path` as downloadFile does, with a pace at the start and after each piece. A reader that leaves ends the
 * download; its part stays for the next time.
 */
export async function* pacedDownload(
  file: RemoteFile,
  path: string,
  { signal, ...options }: Omit<DownloadOptions, 'onBytes'>,
): AsyncGenerator<Pace> {
  const since = performance.now()
  let bytes = 0
  let from = -1 // what an earlier attempt fetched says nothing of the speed
  let wake = (): void => undefined
  const onBytes = (there: number): void => {
    if (from < 0) from = there
    bytes = there
    wake()
  }
  let ended = false
  const abort = new AbortController()
  const work = downloadFile(file, path, {
    ...options,
    signal: AbortSignal.any([signal, abort.signal]),
    onBytes,
  }).finally(() => {
    ended = true
    wake()
  })
  const settled = work.catch(() => undefined) // told by `await work`, whenever this is read on
  try {
    while (!ended) {
      const next = new Promise<void>((resolve) => (wake = resolve))
      const seconds = (performance.now() - since) / 1000
      yield { bytes, rate: from < 0 || seconds < 1 ? null : (bytes - from) / seconds }
      if (!ended) await next
    }
    await work
  } finally {
    abort.abort()
    await settled
  }
}
