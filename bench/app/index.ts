// npm run bench:app [-- --json FILE --only NAME --samples N]: the app in Chromium against the headless host.
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium, type Browser } from '@playwright/test'
import { findChromium } from '../../scripts/find-chromium.mjs'
import { makeSmallRuns } from '../../test/app/small-runs.ts'
import { machineState } from '../machine.ts'
import { type AppFigure, appFigureTable, isMet } from './app-figure.ts'
import { measureBundle } from './bundle-size.ts'
import { measureFirstPaint } from './first-paint.ts'
import { recordLongRun } from './long-run.ts'
import { measureLongTasks, type LongRun } from './long-tasks.ts'
import { measureScroll, multiplyPairs } from './sample-scroll.ts'
import { measureStalledWindow } from './stalled-window.ts'
import { startBenchHost, type StartedHost } from './started-host.ts'

const longSteps = 100_000
const sampleRows = 200_000

interface AppBench {
  browser: Browser
  host: StartedHost
  long: LongRun
  samplesProject: string
  samples: number
}

const benchmarks: Record<string, (bench: AppBench) => Promise<AppFigure[]> | AppFigure[]> = {
  bundle: () => measureBundle(fileURLToPath(new URL('../../out/renderer', import.meta.url))),
  'first-paint': ({ browser, host, samples }) => measureFirstPaint(browser, host.url, samples),
  'long-tasks': ({ browser, host, long }) => measureLongTasks(browser, host, long),
  samples: ({ browser, host, samplesProject }) =>
    measureScroll(browser, { url: host.url, projectId: samplesProject, rows: sampleRows }),
  'stalled-window': ({ browser, host, long }) => measureStalledWindow(browser, host, long),
}

const usage = `Usage: npm run bench:app [-- options]
  --only NAME     one of: ${Object.keys(benchmarks).join(', ')} (may be given several times)
  --samples N     starts that are timed (default: 5)
  --json FILE     writes the figures as JSON, too`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      samples: { type: 'string', default: '5' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const wanted = values.only ?? Object.keys(benchmarks)
  const unknown = wanted.find((name) => !benchmarks[name])
  if (unknown !== undefined) throw new Error(`--only: there is no benchmark "${unknown}"\n${usage}`)
  const executablePath = findChromium()
  if (!executablePath) throw new Error('No Chromium was found. Install one, or set CHROMIUM to its path.')

  console.error('making two small runs to look at …')
  const runs = await makeSmallRuns()
  const before = machineState(1)
  const figures: AppFigure[] = []
  const [samplesProject] = runs.finished
  const long = { ...recordLongRun(runs.dataDir, longSteps), steps: longSteps }
  await multiplyPairs(join(runs.dataDir, 'projects', 'puzzles'), sampleRows)
  const host = await startBenchHost(runs.dataDir)
  const browser = await chromium.launch({ executablePath })
  try {
    for (const name of wanted) {
      console.error(`${name} …`)
      const bench = { browser, host, long, samplesProject, samples: Number(values.samples) }
      figures.push(...((await benchmarks[name]?.(bench)) ?? []))
    }
  } finally {
    await browser.close()
    await host.close()
    runs.remove()
  }
  const after = machineState(1)
  console.log(appFigureTable(figures))
  console.log(
    `\n${after.cpu}, ${after.cores} cores, ${after.node}, ${after.platform}, Chromium ${browser.version()} without a GPU; ` +
      `load average ${before.loadAverage.join(' ')} before, ${after.loadAverage.join(' ')} after (1, 5, 15 minutes).`,
  )
  if (values.json === undefined) return
  const document = {
    version: 1,
    finishedAt: new Date().toISOString(),
    machine: { ...after, loadAverageBefore: before.loadAverage, chromium: browser.version() },
    figures: figures.map((figure) => ({ ...figure, met: isMet(figure) })),
  }
  await writeFile(`${values.json}.tmp`, `${JSON.stringify(document, null, 2)}\n`)
  await rename(`${values.json}.tmp`, values.json)
}

await main()
