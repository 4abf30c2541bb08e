import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { packageName } from '../../../src/main/cuda-setup/provider-package.ts'

/** The package's files as they lie in the real one, with other bytes. */
export const providerBytes = {
  'libonnxruntime_providers_cuda.so': bytesOf(4_000_000, 1),
  'libonnxruntime_providers_shared.so': bytesOf(30_000, 2),
}

export function makePackage(files: Record<string, Buffer> = providerBytes): Buffer {
  const require = createRequire(createRequire(import.meta.url).resolve('onnxruntime-node'))
  const AdmZip = require('adm-zip') as new () => {
    addFile(name: string, content: Buffer): void
    toBuffer(): Buffer
  }
  const zip = new AdmZip()
  for (const [name, content] of Object.entries(files))
    zip.addFile(`runtimes/linux-x64/native/${name}`, content)
  zip.addFile('runtimes/linux-x64/native/libonnxruntime_providers_tensorrt.so', bytesOf(1000, 3))
  zip.addFile('LICENSE', Buffer.from('MIT License'))
  zip.addFile('buildTransitive/x.props', Buffer.from('<Project/>'))
  return zip.toBuffer()
}

function bytesOf(length: number, seed: number): Buffer {
  let state = seed * 2654435761
  return Buffer.from(Array.from({ length }, () => (state = (state * 1664525 + 1013904223) >>> 0) >>> 24))
}

export interface ServedNuget {
  indexUrl: string
  /** Of the package: where each request began. */
  starts: number[]
  /** Ends the next answer with the package behind so many bytes. */
  cutAfter(bytes: number): void
  /** Sends so many bytes of it at once, then waits. */
  stallAfter(bytes: number): void
  close(): Promise<void>
}

export interface Lies {
  hash?: string
  id?: string
  size?: number
  packageUrl?: string
}

/** A real server that answers as api.nuget.org does: service index, registration leaf and catalog entry in gzip, the package by ranges. */
export async function startNuget(content: Buffer, version: string, lies: Lies = {}): Promise<ServedNuget> {
  const starts: number[] = []
  let cut: number | null = null
  let stall: number | null = null
  const name = packageName.toLowerCase()
  const server = createServer((request, response) => {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const json: Record<string, unknown> = {
      '/v3/index.json': {
        version: '3.0.0',
        resources: [
          { '@id': `${base}/v3/old/`, '@type': 'RegistrationsBaseUrl' },
          { '@id': `${base}/v3-flatcontainer/`, '@type': 'PackageBaseAddress/3.0.0' },
          { '@id': `${base}/v3/registration5-gz-semver2/`, '@type': 'RegistrationsBaseUrl/3.6.0' },
        ],
      },
      [`/v3/registration5-gz-semver2/${name}/${version}.json`]: {
        catalogEntry: `${base}/v3/catalog0/data/entry.json`,
        packageContent: lies.packageUrl ?? `${base}/v3-flatcontainer/package.nupkg`,
        listed: true,
      },
      '/v3/catalog0/data/entry.json': {
        id: lies.id ?? packageName,
        version,
        packageHash: lies.hash ?? createHash('sha512').update(content).digest('base64'),
        packageHashAlgorithm: 'SHA512',
        packageSize: lies.size ?? content.length,
        licenseExpression: 'MIT',
      },
    }
    const found = json[request.url ?? '']
    if (found) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      return void response.end(gzipSync(JSON.stringify(found)))
    }
    if (request.url !== '/v3-flatcontainer/package.nupkg') return void response.writeHead(404).end()
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    starts.push(from)
    const rest = content.subarray(from)
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length })
    const [ends, waits] = [cut, stall]
    cut = stall = null
    if (ends !== null) response.write(rest.subarray(0, ends), () => response.destroy())
    else if (waits !== null) response.write(rest.subarray(0, waits))
    else response.end(rest)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    indexUrl: `http://127.0.0.1:${port}/v3/index.json`,
    starts,
    cutAfter: (bytes) => void (cut = bytes),
    stallAfter: (bytes) => void (stall = bytes),
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
