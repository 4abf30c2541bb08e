import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const launcher = join(root, 'bin', 'spin-studio.mjs')
let dir: string
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'launcher-'))))
afterAll(() => rmSync(dir, { recursive: true }))

/** A checkout with the real launcher and a program of its own. */
function checkout(name: string, program: string): string {
  const at = join(dir, name)
  mkdirSync(join(at, 'bin'), { recursive: true })
  mkdirSync(join(at, 'src', 'main', 'terminal'), { recursive: true })
  mkdirSync(join(at, 'node_modules', 'zod'), { recursive: true })
  cpSync(launcher, join(at, 'bin', 'spin-studio.mjs'))
  writeFileSync(join(at, 'package.json'), '{"type": "module"}')
  writeFileSync(join(at, 'node_modules', 'zod', 'package.json'), '{}')
  writeFileSync(join(at, 'src', 'main', 'terminal', 'index.ts'), program)
  return join(at, 'bin', 'spin-studio.mjs')
}

describe('bin/spin-studio.mjs', () => {
  it('starts the program, also through a link, with its arguments and exit code', () => {
    const link = join(dir, 'spin-studio')
    symlinkSync(launcher, link)
    const help = spawnSync(process.execPath, [link, 'generate', '--help'], { encoding: 'utf8' })
    expect(help.status).toBe(0)
    expect(help.stdout).toContain('--frac_len')
    expect(spawnSync(process.execPath, [link, 'nonsense']).status).toBe(2)
  })

  it('says "npm ci" when the packages are not installed', () => {
    const bare = join(dir, 'bare', 'bin')
    mkdirSync(bare, { recursive: true })
    cpSync(launcher, join(bare, 'spin-studio.mjs'))
    const { status, stderr } = spawnSync(process.execPath, [join(bare, 'spin-studio.mjs')], {
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    expect(stderr).toContain('Run "npm ci"')
  })

  it('passes SIGTERM on and waits for the program to end', async () => {
    const program = `process.on('SIGTERM', () => { console.log('ending'); process.exit(143) }); setInterval(() => {}, 1000); console.log('ready')`
    const child = spawn(process.execPath, [checkout('signals', program)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let out = ''
    const code = await new Promise((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString()
        if (out === 'ready\n') child.kill('SIGTERM')
      })
      child.on('exit', resolve)
    })
    expect(code).toBe(143)
    expect(out).toBe('ready\nending\n')
  })

  it.skipIf(process.platform === 'win32')('lets the program know when it was killed itself', async () => {
    const program = `process.on('disconnect', () => { console.log('alone'); process.exit(0) }); setInterval(() => {}, 1000); console.log('ready')`
    const child = spawn(process.execPath, [checkout('killed', program)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let out = ''
    // The pipe ends when the program, not only the launcher, has ended.
    await new Promise((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString()
        if (out === 'ready\n') child.kill('SIGKILL')
      })
      child.stdout.on('end', resolve)
    })
    expect(out).toBe('ready\nalone\n')
  })
})
