import type { CudaPart } from './cuda-libraries.ts'

/** How NVIDIA's libraries are called where people get them. Only CUDA's own repository has all of them. */

export type PackageSystem = 'apt' | 'dnf' | 'zypper' | 'pacman'

/** By what a distribution says of itself and of its relatives: `ID` and `ID_LIKE` of os-release. */
export function packageSystemOf(osRelease: string): PackageSystem | null {
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

/** NVIDIA's repositories for apt, dnf and zypper name them alike: by the toolkit's version, cuDNN by CUDA's major. */
const partPackages: Record<CudaPart, (cuda: number) => string> = {
  cudart: (cuda) => `cuda-cudart-${toolkit(cuda)}`,
  cublas: (cuda) => `libcublas-${toolkit(cuda)}`,
  cufft: (cuda) => `libcufft-${toolkit(cuda)}`,
  curand: (cuda) => `libcurand-${toolkit(cuda)}`,
  nvrtc: (cuda) => `cuda-nvrtc-${toolkit(cuda)}`,
  cudnn: (cuda) => `libcudnn9-cuda-${cuda}`,
}

/** The last of CUDA 12, the first of others: a later driver takes them all. */
const toolkit = (cuda: number): string => (cuda === 12 ? '12-9' : `${cuda}-0`)

/** Commands of one system as one: "apt install a b (from …)". */
export function joinCommands(commands: readonly string[]): string {
  const parts = commands.map((command) => /^(\S+ \S+) (\S+)(.*)$/.exec(command)!)
  const [, verb = '', , from = ''] = parts[0]!
  return `${verb} ${parts.map(([, , name]) => name).join(' ')}${from}`
}

/** One line to type; null on a system that we know nothing of, or for a version of CUDA that no file told. */
export function installCommand(
  system: PackageSystem | null,
  part: CudaPart,
  cuda: number | null,
): string | null {
  if (system === null || cuda === null) return null
  if (system === 'pacman') return part === 'cudnn' ? 'pacman -S cudnn' : 'pacman -S cuda'
  return `${system} install ${partPackages[part](cuda)} (from NVIDIA's CUDA repository)`
}
