import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Report } from '../../contract/report.ts'
import { createApp, type App } from '../app.ts'
import { duration, gigabytes } from '../report/number-format.ts'
import { scoreTableText } from '../report/score-table.ts'
import { commandHelp } from '../terminal/help-text.ts'
import { ignoreClosedOutput, reportEnd, type TerminalStreams } from '../terminal/index.ts'
import { createProgressDisplay } from '../terminal/progress-display.ts'
import { listenForStop } from '../terminal/stop-request.ts'
import { demoOptionTable, readDemoOptions } from './demo-options.ts'
import { openDemo } from './demo-record.ts'
import { demoSettings, lockDemo, runDemo } from './run-demo.ts'
import { findStarter } from './starter-files.ts'

/** `npm run demo`: makes the shipped model better by self-play and says honestly by how much. Returns the exit code. */
export async function demo(argv: readonly string[], streams: TerminalStreams): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    const summary = 'makes the shipped model better by self-play, in minutes, on a CPU'
    const text = commandHelp({
      name: 'demo',
      summary,
      usage: '',
      options: demoOptionTable,
      run: () => Promise.resolve(),
    })
    streams.out.write(
      `${text.replaceAll('spin-studio demo ', 'npm run demo -- [options] ').replaceAll('spin-studio demo', 'npm run demo')}\n`,
    )
    return 0
  }
  const display = createProgressDisplay(streams.out)
  let app: App | null = null
  let release = (): void => undefined
  const stop = listenForStop({
    onStop: () => display.line('stopping after the current step; Ctrl-C again ends at once'),
    onForce: () => undefined, // the engine ends by itself when this process is gone
  })
  try {
    const options = readDemoOptions(argv)
    const starter = await findStarter()
    mkdirSync(options.out, { recursive: true })
    release = await lockDemo(options.out, display, stop.signal)
    const open = openDemo(options.out, demoSettings(options, starter))
    const where = relative(process.cwd(), options.out) || options.out
    if (open.record.finishedAt !== null && existsSync(join(options.out, 'report.json')))
      display.line(`the demo in ${where} is finished; checking it`)
    else
      display.line(
        open.continued
          ? `going on with the demo in ${where}`
          : `demo: ${options.iterations} self-play iterations, seed ${options.seed}, into ${where}`,
      )
    app = createApp({ dataDir: options.out })
    const report = await runDemo({ app, options, starter, demo: open, display, signal: stop.signal })
    streams.out.write(`\n${closingText(report, where)}\n`)
    return 0
  } catch (error) {
    display.settle()
    return reportEnd(error, stop, streams.error)
  } finally {
    await app?.dispose()
    release()
    stop.dispose()
  }
}

export function closingText(report: Report, where: string): string {
  return [
    'Valid answers on held-out prompts, in points ± one standard error; "over base" is the paired difference.',
    '',
    scoreTableText(report),
    '',
    report.sentence,
    '',
    `${duration(report.seconds)}, ${gigabytes(report.peakRssBytes)} of memory at most`,
    `${join(where, 'report.html')}  ${join(where, 'report.json')}`,
  ].join('\n')
}

if (process.argv[1] !== undefined && import.meta.filename === realpathSync(process.argv[1])) {
  ignoreClosedOutput()
  process.exitCode = await demo(process.argv.slice(2), { out: process.stdout, error: process.stderr })
}
