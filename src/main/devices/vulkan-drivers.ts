import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'

/** Vulkan's drivers, which WebGPU computes through on Linux: read from the loader's manifests, nothing is started. */

export interface VulkanDriver {
  /** The manifest's name without its endings: "nvidia", "radeon", "lvp". */
  name: string
  manifest: string
  /** Computes on the processor (Mesa's lavapipe): correct and slow. */
  software: boolean
}

const manifestFolders = [
  '/etc/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  '/usr/share/vulkan/icd.d',
] as const

/** In the loader's order. `VK_DRIVER_FILES` (or its older name) replaces the folders. */
export function findVulkanDrivers(env: Readonly<Record<string, string | undefined>>): VulkanDriver[] {
  const named = env['VK_DRIVER_FILES'] ?? env['VK_ICD_FILENAMES']
  const manifests = named
    ? named.split(delimiter).filter(Boolean).flatMap(manifestsAt)
    : manifestFolders.flatMap(manifestsAt)
  return manifests.filter(namesLibrary).map((manifest) => {
    const name = basename(manifest).replace(/(_vk)?(_icd)?(\.[\w-]+)?\.json$/, '')
    return { name, manifest, software: name === 'lvp' || name === 'swiftshader' }
  })
}

function manifestsAt(path: string): string[] {
  if (path.endsWith('.json')) return existsSync(path) ? [path] : []
  try {
    return readdirSync(path)
      .filter((name) => name.endsWith('.json'))
      .toSorted()
      .map((name) => join(path, name))
  } catch {
    return []
  }
}

function namesLibrary(manifest: string): boolean {
  try {
    const { ICD } = JSON.parse(readFileSync(manifest, 'utf8')) as { ICD?: { library_path?: unknown } }
    return typeof ICD?.library_path === 'string'
  } catch {
    return false
  }
}
