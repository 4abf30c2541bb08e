import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import { cudaSetupWords as words } from '../../strings/cuda-setup.ts'
import { runtimeFolder } from '../cuda-environment.ts'
import { askServer, refused, type Address, type RemoteFile, unreachable } from '../downloads/remote-file.ts'

/** Where onnxruntime-node's own install script fetches it from too; SPIN_STUDIO_NUGET names a mirror. */
export const nugetIndex = (): string =>
  process.env['SPIN_STUDIO_NUGET'] ?? 'https://api.nuget.org/v3/index.json'
export const packageName = 'Microsoft.ML.OnnxRuntime.Gpu.Linux'

export interface ProviderPackage {
  file: RemoteFile
  version: string
  licence: string
}

const Index = z.object({ resources: z.array(z.object({ '@id': z.url(), '@type': z.string() })) })
const Leaf = z.object({ catalogEntry: z.url(), packageContent: z.url() })
const Entry = z.object({
  id: z.string(),
  version: z.string(),
  packageHash: z.base64(),
  packageHashAlgorithm: z.literal('SHA512'),
  packageSize: z.number().int().positive(),
  licenseExpression: z.string().default(''),
  licenseUrl: z.string().default(''),
})

/** The version of the onnxruntime-node that engines load: the provider must be of the very same. */
export function runtimeVersion(entryPath: string): string {
  const manifest = join(runtimeFolder(entryPath), '..', '..', '..', '..', 'package.json')
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8'))).version
}

/**
 * What NuGet says of the package: its address, size, SHA-512 and licence, by the registration leaf and the catalog entry that it
 * names (https://learn.microsoft.com/nuget/api/overview). All of it, and the package, must come over https; `indexUrl` on
 * this machine itself is let off. Throws FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export async function findProviderPackage(
  indexUrl: string,
  version: string,
  signal: AbortSignal,
): Promise<ProviderPackage> {
  const otherwise = words.byHand(packageName, version)
  const read = async <T>(url: string, schema: z.ZodType<T>): Promise<T> => {
    const address: Address = { url, otherwise }
    expectSafe(url)
    const answer = await askServer(address, { signal })
    if (!answer.ok) throw refused(address, answer)
    let text: string
    try {
      text = await answer.text()
    } catch (error) {
      signal.throwIfAborted()
      throw unreachable(address, error)
    }
    return parsed(url, text, schema)
  }
  const { resources } = await read(indexUrl, Index)
  // The newest form comes last; of this package all say the same.
  const registrations = resources.findLast((resource) => resource['@type'].startsWith('RegistrationsBaseUrl'))
  if (!registrations) throw unexpected(indexUrl, 'it names no registrations')
  const base = registrations['@id'].replace(/\/?$/, '/')
  const leaf = await read(`${base}${packageName.toLowerCase()}/${version}.json`, Leaf)
  const entry = await read(leaf.catalogEntry, Entry)
  if (entry.id !== packageName || entry.version !== version)
    throw unexpected(leaf.catalogEntry, `it is of ${entry.id} ${entry.version}`)
  expectSafe(leaf.packageContent)
  const hex = Buffer.from(entry.packageHash, 'base64').toString('hex')
  if (hex.length !== 128) throw unexpected(leaf.catalogEntry, 'its hash is no SHA-512')
  return {
    file: {
      url: leaf.packageContent,
      bytes: entry.packageSize,
      checksum: { algorithm: 'sha512', hex },
      otherwise,
    },
    version,
    licence: entry.licenseExpression || entry.licenseUrl || words.licenceInside,
  }
}

function parsed<T>(url: string, text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw unexpected(url, error instanceof Error ? error.message.slice(0, 200) : '', error)
  }
}

/** Without https whoever is on the way could change the checksum along with the file. */
function expectSafe(url: string): void {
  const { protocol, hostname } = new URL(url)
  if (protocol === 'https:' || hostname === '127.0.0.1' || hostname === 'localhost') return
  throw unexpected(url, 'its address is not one of https')
}

const unexpected = (url: string, what: string, cause?: unknown): AppError =>
  new AppError(
    'FILE_UNREADABLE',
    `Expected NuGet's word on ${packageName} from ${url}, but ${what}. Nothing was fetched. Is there a proxy in between?`,
    { url },
    cause ? { cause } : undefined,
  )
