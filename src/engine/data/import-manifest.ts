import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ImportResult } from '../../contract/engine.ts'
import type { ImportRequest } from '../../contract/engine.ts'
import { storedJson } from '../../contract/stored-json.ts'
import { writeFileAtomically } from './atomic-file.ts'
import { fileSha256, textSha256 } from './row-identity.ts'
import type { SourceFile } from './source-files.ts'

/** Raised when the same sources would give other rows, so that older results are made again. */
const importVersion = 1

export const importManifestName = 'import.json'

const ImportManifest = z.object({
  version: z.literal(importVersion),
  request: z.string(), // sha256
  sources: z.array(z.object({ path: z.string(), bytes: z.number(), mtimeMs: z.number() })),
  trainSha256: z.string(),
  testSha256: z.string(),
  result: ImportResult,
})

type ParsedRequest = Required<ImportRequest>

/** The finished result of the same request on unchanged sources, or null. Outputs are checked by their sha256. */
export async function storedImport(
  request: ParsedRequest,
  files: readonly SourceFile[],
): Promise<ImportResult | null> {
  const path = join(request.outDir, importManifestName)
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return null
  const manifest = ImportManifest.safeParse(storedJson(text))
  if (!manifest.success || manifest.data.request !== requestHash(request)) return null
  if (JSON.stringify(manifest.data.sources) !== JSON.stringify(sourceStamps(files))) return null
  const result = { ...manifest.data.result, ...outputPaths(request) }
  const hashes = await Promise.all([fileSha256(result.trainPath), fileSha256(result.testPath)]).catch(
    () => null,
  )
  if (hashes?.[0] !== manifest.data.trainSha256 || hashes[1] !== manifest.data.testSha256) return null
  return result
}

export async function storeImport(
  request: ParsedRequest,
  files: readonly SourceFile[],
  result: ImportResult,
): Promise<void> {
  const manifest: z.infer<typeof ImportManifest> = {
    version: importVersion,
    request: requestHash(request),
    sources: sourceStamps(files),
    trainSha256: await fileSha256(result.trainPath),
    testSha256: await fileSha256(result.testPath),
    result,
  }
  await writeFileAtomically(
    join(request.outDir, importManifestName),
    JSON.stringify(manifest, null, 2) + '\n',
  )
}

export function outputPaths(request: ParsedRequest): { trainPath: string; testPath: string } {
  return {
    trainPath: join(request.outDir, request.trainName),
    testPath: join(request.outDir, request.testName),
  }
}

function requestHash(request: ParsedRequest): string {
  const { outDir: _, keepRejected, ...settings } = request
  // Written only where it is on, so that imports of the first version are still recognised.
  return textSha256(JSON.stringify(keepRejected ? { ...settings, keepRejected } : settings))
}

function sourceStamps(files: readonly SourceFile[]): { path: string; bytes: number; mtimeMs: number }[] {
  return files.map(({ path, bytes, mtimeMs }) => ({ path, bytes, mtimeMs }))
}
