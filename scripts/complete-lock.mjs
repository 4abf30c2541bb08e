// node scripts/complete-lock.mjs: after `npm install` against a registry that lacks some platforms' builds, npm leaves
// those optional packages out of package-lock.json and then `npm ci` refuses it ("Missing: … from lock file").
// This writes the missing entries: version from the package that names them, platform from their names.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url))
const lock = JSON.parse(readFileSync(path, 'utf8'))
const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const processors = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x']

let added = 0
for (const [parent, { optionalDependencies, dev }] of Object.entries(lock.packages)) {
  if (parent === '') continue
  for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
    const at = `node_modules/${name}`
    const words = name.split(/[-/]/)
    const os = systems.find((system) => words.includes(system))
    const cpu = processors.find((processor) => words.includes(processor))
    if (lock.packages[at] || lock.packages[`${parent}/${at}`] || !os || !cpu || !/^\d/.test(version)) continue
    const libc =
      os !== 'linux'
        ? null
        : words.some((word) => word.startsWith('musl'))
          ? 'musl'
          : words.some((word) => word.startsWith('gnu'))
            ? 'glibc'
            : null
    lock.packages[at] = {
      version,
      cpu: [cpu],
      ...(dev ? { dev } : {}),
      ...(libc ? { libc: [libc] } : {}),
      optional: true,
      os: [os],
    }
    added++
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(`${path}.tmp`, `${JSON.stringify(lock, null, 2)}\n`)
renameSync(`${path}.tmp`, path)
console.log(`${added} entries added to package-lock.json`)
