import { AppError } from '../../contract/errors.ts'

/** A file on a server that says its size and checksum beforehand. */
export interface RemoteFile {
  url: string
  bytes: number
  /** `git-sha1`: of "blob <size>\0" and the bytes. */
  checksum: { algorithm: 'sha256' | 'sha512' | 'git-sha1'; hex: string }
  /** What a person can do where the server does not give it. */
  otherwise: string
}

export type Address = Pick<RemoteFile, 'url' | 'otherwise'>

/** Throws FILE_NOT_FOUND where the server cannot be reached; the answer may still be a refusal. */
export async function askServer(
  address: Address,
  { headers = {}, signal }: { headers?: Record<string, string>; signal: AbortSignal },
): Promise<Response> {
  try {
    return await fetch(address.url, { headers, signal })
  } catch (error) {
    signal.throwIfAborted()
    throw unreachable(address, error)
  }
}

export function unreachable({ url, otherwise }: Address, error: unknown): AppError {
  const why = error instanceof Error ? (error.cause instanceof Error ? error.cause : error).message : ''
  return new AppError(
    'FILE_NOT_FOUND',
    `${new URL(url).host} cannot be reached (${why}). Check the network and try again: what was fetched is kept. ${otherwise}`,
    { url },
    { cause: error },
  )
}

export const refused = ({ url, otherwise }: Address, { status, statusText }: Response): AppError =>
  new AppError(
    'FILE_NOT_FOUND',
    `Expected a file at ${url}, found ${status} ${statusText}. Try again later. ${otherwise}`,
    { url, status },
  )
