import { z } from 'zod'
import { AppError } from '../../../contract/errors.ts'
import { askServer, refused, type RemoteFile, unreachable } from '../../downloads/remote-file.ts'

/** Where the hub is: huggingface.co, or a mirror of it. `HF_ENDPOINT` names one for Hugging Face's own tools too. */
export const hubUrl = (): string =>
  (process.env['HF_ENDPOINT'] ?? 'https://huggingface.co').replace(/\/+$/, '')

const TreeEntry = z.object({
  type: z.string(), // "file", "directory"
  path: z.string(),
  size: z.number(),
  /** Git's: SHA-1 of "blob <size>\0" and the bytes. */
  oid: z.string(),
  /** Of large files: `oid` is the sha256 of the bytes. */
  lfs: z.object({ oid: z.string(), size: z.number() }).optional(),
})

export interface HubFile extends RemoteFile {
  path: string // in the repository
}

const otherwise = 'Without a network, put the files into the data folder yourself; the task list says which.'

export interface HubSource {
  base: string
  dataset: string // "allenai/ai2_arc"
  revision: string // "main", "refs/convert/parquet"
}

const mostPages = 100

/** All files of a dataset's revision; null where there is no such revision. Throws FILE_NOT_FOUND, FILE_UNREADABLE. */
export async function hubTree(source: HubSource, signal: AbortSignal): Promise<HubFile[] | null> {
  const { base, dataset, revision } = source
  const at = encodeURIComponent(revision)
  const files: HubFile[] = []
  let url: string | null = `${base}/api/datasets/${dataset}/tree/${at}?recursive=true`
  for (let page = 0; url !== null && page < mostPages; page++) {
    const answer: Response = await askServer({ url, otherwise }, { signal })
    if (answer.status === 404) return null
    if (!answer.ok) throw refused({ url, otherwise }, answer)
    for (const entry of await readPage(url, answer)) {
      if (entry.type !== 'file') continue
      const { path, size, oid, lfs } = entry
      files.push({
        path,
        url: `${base}/datasets/${dataset}/resolve/${at}/${path.split('/').map(encodeURIComponent).join('/')}`,
        bytes: lfs?.size ?? size,
        checksum: lfs ? { algorithm: 'sha256', hex: lfs.oid } : { algorithm: 'git-sha1', hex: oid },
        otherwise,
      })
    }
    url = nextPage(answer.headers.get('link'), url)
  }
  return files
}

async function readPage(url: string, answer: Response): Promise<z.infer<typeof TreeEntry>[]> {
  try {
    return z.array(TreeEntry).parse(await answer.json())
  } catch (error) {
    if (!(error instanceof z.ZodError) && !(error instanceof SyntaxError))
      throw unreachable({ url, otherwise }, error)
    throw new AppError(
      'FILE_UNREADABLE',
      `Expected a list of files from ${url}, found something else. Is the address that of a Hugging Face hub or a mirror of it (HF_ENDPOINT)?`,
      { url },
      { cause: error },
    )
  }
}

/** `<https://…?cursor=…>; rel="next"` */
function nextPage(link: string | null, url: string): string | null {
  const found = link === null ? null : /<([^>]+)>\s*;\s*rel="next"/.exec(link)
  return found ? new URL(found[1]!, url).href : null
}
