import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EngineDescription } from '../contract/engine.ts'

export async function describeEngine(): Promise<EngineDescription> {
  const threads = availableParallelism()
  return {
    versions: {
      node: process.versions.node,
      'onnxruntime-node': await packageVersion('onnxruntime-node'),
      duckdb: await packageVersion('@duckdb/node-api'),
      'spin-studio': await versionIn(dirname(fileURLToPath(import.meta.url)), 'spin-studio'),
    },
    device: `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    threads,
    pid: process.pid,
    rssBytes: process.memoryUsage.rss(),
    peakRssBytes: await peakRssBytes(),
  }
}

/** The most memory this process ever had resident. Linux: VmHWM, which unlike getrusage is not inherited over fork. */
export async function peakRssBytes(): Promise<number> {
  if (process.platform === 'linux') {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1]
    if (kilobytes) return Number(kilobytes) * 1024
  }
  return process.resourceUsage().maxRSS * 1024
}

async function packageVersion(name: string): Promise<string> {
  const main = createRequire(import.meta.url).resolve(name)
  return versionIn(dirname(main), name)
}

/** The version in the nearest package.json above `dir` that has this name. */
async function versionIn(dir: string, name: string): Promise<string> {
  for (let at = dir; ; at = dirname(at)) {
    const text = await readFile(join(at, 'package.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
      throw error
    })
    const manifest = text === null ? null : (JSON.parse(text) as { name?: string; version?: string })
    if (manifest?.name === name && manifest.version) return manifest.version
    if (dirname(at) === at) return 'unknown'
  }
}
