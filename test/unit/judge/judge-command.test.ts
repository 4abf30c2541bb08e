import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderOfTests } from '../../temp-folder.ts'
import { type AskedRequest, reply, startJudgeServer } from './judge-server.ts'
import { judgingFolder, threeModels } from './judging-fixture.ts'

const terminal = join(import.meta.dirname, '../../../src/main/terminal/index.ts')
const home = folderOfTests('spin-judge-command')
const secret = 'sk-of-the-terminal-9876'

function start(argv: readonly string[]) {
  const child = spawn(process.execPath, [terminal, ...argv], {
    env: { ...process.env, JUDGE_API_KEY: secret, SPIN_STUDIO_DATA: join(home, 'data') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (out += text))
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, out })) }
}

test('cost first, then verdicts; killed with -9 in the middle, nothing that was paid for is asked again', async () => {
  const { dir } = judgingFolder(join(home, 'judging'), threeModels)
  let killAt = 9
  let kill = (): void => undefined
  const replied: string[] = []
  const held: [AskedRequest, () => void][] = []
  const server = await startJudgeServer((request, response) => {
    const answer = (): void => {
      replied.push(request.id)
      reply(response, `You sent ${request.headers.authorization}. [[8]]`)
    }
    if (server.asked.length < killAt) answer()
    else {
      held.push([request, answer])
      kill()
    }
  })
  const options = [
    '--judging_dir',
    dir,
    '--judge_model',
    'gpt-judge',
    '--price_in',
    '2.5',
    '--price_out',
    '10',
  ]
  const endpoint = [...options, '--judge_url', server.url, '--key_variable', 'JUDGE_API_KEY']

  const asked = await start(['judge', 'run', ...endpoint]).ended
  expect(asked).toMatchObject({ code: 0 })
  expect(asked.out).toMatch(/15 requests[^]*about .* at most .*currency[^]*Nothing was sent. Add --yes/)
  expect(server.asked).toEqual([])

  const first = start(['judge', 'run', ...endpoint, '--yes', '--concurrency', '2'])
  kill = () => first.child.kill('SIGKILL')
  expect((await first.ended).code).toBeNull()
  const paid = new Set(replied)
  const inFlight = held.length
  killAt = Number.POSITIVE_INFINITY
  const second = await start(['judge', 'run', ...endpoint, '--yes']).ended
  expect(second).toMatchObject({ code: 0 })
  expect(second.out).toMatch(/grade 1–10 +mean[^]*iteration-1 +8\.00/)
  // Of what was replied, only replies that were on the wire at the kill can have been lost.
  const twice = [...paid].filter((id) => server.asked.filter((one) => one.id === id).length > 1)
  expect(twice.length).toBeLessThanOrEqual(2)
  expect(server.asked.length).toBeLessThanOrEqual(15 + inFlight + twice.length)

  const count = server.asked.length
  const report = await start(['judge', 'report', ...options.slice(0, 4)]).ended
  expect(report.out).toContain('iteration-2')
  expect(server.asked).toHaveLength(count)
  await server.close()

  // The endpoint repeats the key in every reply; still no file holds it.
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' })
    .map((name) => join(home, name))
    .filter((path) => statSync(path).isFile())
  expect(files.length).toBeGreaterThan(4)
  for (const path of files) expect(readFileSync(path).includes(secret), path).toBe(false)
  expect(second.out).not.toContain(secret)
  expect(readFileSync(join(dir, 'model_judgment', 'gpt-judge.verdicts'), 'utf8')).toContain('Bearer [key]')
})

test('export writes the files for a judge elsewhere, and a wrong command line says what it needs', () => {
  const { dir } = judgingFolder(join(home, 'export'), threeModels)
  const run = (...argv: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [terminal, 'judge', ...argv], {
      encoding: 'utf8',
    })
    return { status, out: stdout + stderr }
  }
  const pair = ['--judging_dir', dir, '--judge_model', 'j', '--mode', 'pairwise']
  const exported = run('export', ...pair, '--baseline', 'base')
  expect(exported).toMatchObject({ status: 0 })
  expect(exported.out).toContain('18 requests')
  expect(readdirSync(join(dir, 'export')).sort()).toEqual([
    'batch.jsonl',
    'prompts.jsonl',
    'reference_answer',
  ])
  expect(run('cost', ...pair)).toMatchObject({
    status: 2,
    out: expect.stringContaining('--baseline') as string,
  })
  expect(run('judge').status).toBe(2)
  expect(run('cost', ...pair, '--baseline', 'base', '--price_in', '1').out).toContain('belong together')
})
