import type { CudaPart } from './cuda-libraries.ts'

/** How NVIDIA's libraries are called where people get them. Only CUDA's own repository has all of them. */

export type PackageSystem = 'apt' | 'dnf' | 'zypper' | 'pacman' | 'windows'

/** By what a distribution says of itself and of its relatives: `ID` and `ID_LIKE` of os-release. */
export function packageSystemOf({
  platform,
  osRelease,
}: {
  platform: NodeJS.Platform
  osRelease: string
}): PackageSystem | null {
  if (platform === 'win32') return 'windows'
  const names = [...osRelease.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap(([, value = '']) =>
    value.split(/\s+/),
  )
  const systems: [PackageSystem, RegExp][] = [
    ['apt', /^(debian|ubuntu|linuxmint|pop)$/],
    ['dnf', /^(fedora|rhel|centos|rocky|almalinux|amzn)$/],
    ['zypper', /^(suse|opensuse.*|sles)$/],
    ['pacman', /^(arch|manjaro)$/],
  ]
  return systems.find(([, pattern]) => names.some((name) => pattern.test(name)))?.[0] ?? null
}

/** NVIDIA's repositories for apt, dnf and zypper name them alike. */
const partPackages: Record<CudaPart, string> = {
  cudart: 'cuda-cudart-12-9',
  cublas: 'libcublas-12-9',
  cufft: 'libcufft-12-9',
  curand: 'libcurand-12-9',
  cudnn: 'libcudnn9-cuda-12',
}

/** One line to type, or a name to look for; null on a system that we know nothing of. */
export function installCommand(system: PackageSystem | null, part: CudaPart): string | null {
  switch (system) {
    case null:
      return null
    case 'apt':
    case 'dnf':
    case 'zypper':
      return `${system} install ${partPackages[part]} (from NVIDIA's CUDA repository)`
    case 'pacman':
      return part === 'cudnn' ? 'pacman -S cudnn' : 'pacman -S cuda'
    case 'windows':
      return part === 'cudnn' ? 'cuDNN 9 for CUDA 12, from NVIDIA' : 'CUDA Toolkit 12, from NVIDIA'
  }
}
