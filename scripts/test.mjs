// `npm test`: set-up, types, lint, build, vitest, the app in a browser; one closing line with the sum of it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appTestCommand, findAppTestHost } from './app-test-host.mjs'
import { findChromium } from './find-chromium.mjs'
import { ensureSetup, pinnedNode, root } from './setup.mjs'

await ensureSetup()
const reports = mkdtempSync(join(tmpdir(), 'spin-studio-test-'))
const sum = { passed: 0, failed: 0, skipped: 0 }
const failures = []

step('Types', 'tsc -b', ['node_modules/typescript/bin/tsc', '-b'])
step('Lint', 'oxlint', ['node_modules/oxlint/bin/oxlint', '--type-aware'])
step('Format', 'oxfmt --check', [
  'node_modules/oxfmt/bin/oxfmt',
  '--check',
  'src',
  'scripts',
  'test',
  'bench',
  'bin',
])

// Before the tests: the packaged program and the app are made from it.
const built = step('Build', 'electron-vite build', [
  'node_modules/electron-vite/bin/electron-vite.js',
  'build',
  '--logLevel',
  'warn',
])

const vitestReport = join(reports, 'vitest.json')
const vitest = run('Unit, golden, fault and package tests', [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${vitestReport}`,
])
addVitest(vitest, vitestReport)

const host = findAppTestHost()
const chromium = findChromium()
if (host.kind === 'chromium' && !chromium) {
  const why = process.env.CHROMIUM
    ? `$CHROMIUM is ${process.env.CHROMIUM}, which cannot be run`
    : 'no Chromium or Chrome was found'
  console.error(
    `\n!! The app's tests are SKIPPED: ${why}. Install one ("apt-get install chromium") or set CHROMIUM to its path.`,
  )
  sum.skipped += countListed()
} else if (built) {
  const report = join(reports, 'playwright.json')
  const [command, ...args] = appTestCommand(pinnedNode, ['--reporter=list,json'])
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: report, PLAYWRIGHT_JSON_OUTPUT_NAME: report }
  const code = run(
    `The app in ${host.kind === 'electron' ? host.executable : chromium}`,
    args,
    chromium ? { ...env, CHROMIUM: chromium } : env,
    command,
  )
  addPlaywright(code, report)
}

rmSync(reports, { recursive: true })
for (const failure of failures) console.error(`FAILED: ${failure}`)
if (sum.skipped) console.log(`${sum.skipped} skipped; why is said above`)
console.log(`${sum.passed} passed, ${sum.failed} failed`)
process.exit(sum.failed ? 1 : 0)

function run(title, args, env = {}, command = pinnedNode) {
  console.error(`\n── ${title}`)
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  if (error) throw error
  return signal ?? status
}

/** A check that is no test: counted only when it fails. */
function step(title, command, args) {
  const code = run(`${title} (${command})`, args)
  if (code === 0) return true
  fail(`${title}: "${command}" ended with ${code}`)
  return false
}

function fail(what, count = 1) {
  sum.failed += count
  failures.push(what)
}

function addVitest(code, path) {
  if (!existsSync(path)) return fail(`vitest ended with ${code} before any result`)
  const report = JSON.parse(readFileSync(path, 'utf8'))
  sum.passed += report.numPassedTests
  sum.skipped += report.numPendingTests + report.numTodoTests
  // A file that does not load has no tests of its own to count.
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  )
  const failed = report.numFailedTests + unloaded.length
  if (failed) fail(`${failed} of the unit, golden, fault and package tests`, failed)
  else if (code !== 0)
    fail(`vitest ended with ${code} although no test failed (an error outside the tests, or no test files)`)
}

function addPlaywright(code, path) {
  if (!existsSync(path)) return fail(`Playwright ended with ${code} before any result`)
  const { stats, errors } = JSON.parse(readFileSync(path, 'utf8'))
  sum.passed += stats.expected + stats.flaky
  sum.skipped += stats.skipped
  const failed = stats.unexpected + (stats.unexpected === 0 && errors.length > 0 ? 1 : 0)
  if (failed) fail(`${failed} of the app's tests`, failed)
  else if (code !== 0) fail(`Playwright ended with ${code} although no test failed`)
}

function countListed() {
  const { stdout } = spawnSync(pinnedNode, ['node_modules/@playwright/test/cli.js', 'test', '--list'], {
    cwd: root,
    encoding: 'utf8',
  })
  return Number(/Total: (\d+) test/.exec(stdout ?? '')?.[1] ?? 1)
}
