// npm run screenshots [-- --data-dir DIR --only NAME]: the pictures of the README, docs/images/<page>-<light|dark>.png.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium, type Page } from '@playwright/test'
import type { AppContract, RunSummary } from '../src/contract/app.ts'
import { LoopPlan } from '../src/contract/loop.ts'
import type { Client } from '../src/ipc/client.ts'
import { endProcesses, startServer } from '../test/app/app-process.ts'
import { connectToHost, untilDone } from '../test/app/host-client.ts'
import { findChromium } from './find-chromium.mjs'
import { inPalette } from './palette-png.ts'

const usage = `Usage: npm run screenshots [-- options]
  --data-dir DIR  a folder of the app with two finished runs (default: a new one, in which the starter is run twice: about
                  eight minutes); a project that is added to it for the pictures is deleted again
  --only NAME     this picture alone (may be given several times)`

const root = fileURLToPath(new URL('..', import.meta.url))
const imagesDir = join(root, 'docs', 'images')
const starter = join(root, 'resources', 'starter')
const size = { width: 1440, height: 900 }
const patience = { timeout: 120_000 }
const projectName = 'Puzzle answers'

interface Places {
  /** A project whose plan is being made. */
  draft: string
  /** Finished runs; `main` is the one that is shown. */
  main: RunSummary
  other: RunSummary
}

interface Picture {
  address(places: Places): string
  /** Waits until everything on it is there. */
  ready(page: Page): Promise<unknown>
}

const seen = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor(patience)
const drawn = (page: Page, name: RegExp) => page.getByRole('img', { name }).first().waitFor(patience)

const pictures: Record<string, Picture> = {
  home: { address: () => 'home', ready: (page) => seen(page, /^Checked \d\d:\d\d/) },
  model: {
    address: ({ draft }) => `project/${draft}/model`,
    ready: (page) => page.getByRole('figure', { name: /sample conversation/ }).waitFor(patience),
  },
  dataset: {
    address: ({ draft }) => `project/${draft}/dataset`,
    ready: (page) => drawn(page, /^Token lengths/),
  },
  plan: {
    address: ({ draft }) => `project/${draft}/plan`,
    ready: (page) => seen(page, /^Started now, done about/),
  },
  run: {
    address: ({ main }) => `project/${main.projectId}/run`,
    ready: (page) => page.getByRole('figure', { name: /^Reward accuracy, %/ }).waitFor(patience),
  },
  results: {
    address: ({ main }) => `project/${main.projectId}/results`,
    ready: (page) => page.getByRole('row', { name: /^Held-out NLL/ }).waitFor(patience),
  },
  samples: {
    address: ({ main }) => `project/${main.projectId}/samples`,
    ready: (page) => drawn(page, /^Reward so far/),
  },
  compare: {
    address: ({ main, other }) => `compare/${main.id},${other.id}`,
    ready: (page) => drawn(page, /^Reward accuracy\./),
  },
  chat: { address: ({ main }) => `project/${main.projectId}/chat`, ready: chatAway },
}

async function chatAway(page: Page): Promise<void> {
  const side = page.getByRole('switch', { name: 'Two side by side' })
  if (!(await side.isChecked())) await side.press('Space')
  for (const [i, prompt] of ['Balance {([(', 'Name a word with z first and o in it.'].entries()) {
    await page.getByLabel('Message').fill(prompt)
    await page.getByRole('button', { name: 'Send' }).click(patience)
    await page
      .getByRole('button', { name: 'Copy answer' })
      .nth(2 * i + 1)
      .waitFor(patience)
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string' },
      only: { type: 'string', multiple: true },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const unknown = values.only?.find((name) => !pictures[name])
  if (unknown !== undefined)
    throw new Error(`--only: expected one of ${Object.keys(pictures).join(', ')}, found ${unknown}`)
  const executablePath = findChromium()
  if (!executablePath) throw new Error('No Chromium was found. Install one, or set CHROMIUM to its path.')
  mkdirSync(imagesDir, { recursive: true })
  const own = values['data-dir'] === undefined
  const dataDir = values['data-dir'] ?? mkdtempSync(join(tmpdir(), 'spin-studio-'))
  // Paths are on the pictures: not that of this checkout.
  const shownDir = mkdtempSync(join(tmpdir(), 'spin-studio-'))
  cpSync(starter, join(shownDir, 'starter'), { recursive: true })
  const app = await startServer(dataDir)
  const browser = await chromium.launch({ executablePath })
  try {
    const client = await connectToHost(app.url)
    if (own) await runStarterTwice(client)
    const places = {
      ...(await finishedRuns(client)),
      draft: await draftProject(client, join(shownDir, 'starter')),
    }
    for (const [name, picture] of Object.entries(pictures))
      if (values.only?.includes(name) ?? true) {
        const page = await browser.newPage({ viewport: size, colorScheme: 'light' })
        await page.goto(app.url)
        await page.getByRole('navigation', { name: 'Pages' }).waitFor(patience)
        await takeBoth(page, name, picture, places)
        await page.close()
      }
    await client.call('deleteProject', { projectId: places.draft, withFiles: true })
    client.close()
  } finally {
    await browser.close()
    await endProcesses(app, 'SIGTERM')
    if (own) rmSync(dataDir, { recursive: true, force: true })
    rmSync(shownDir, { recursive: true, force: true })
  }
}

async function takeBoth(
  page: Page,
  name: string,
  { address, ready }: Picture,
  places: Places,
): Promise<void> {
  await page.evaluate(`window.location.hash = ${JSON.stringify(`#/${address(places)}`)}`)
  await ready(page)
  await page.evaluate('document.activeElement?.blur()')
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    await page.locator(`html[data-mantine-color-scheme="${scheme}"]`).waitFor()
    const path = join(imagesDir, `${name}-${scheme}.png`)
    const picture = inPalette(await page.screenshot({ animations: 'disabled' }))
    await writeFile(path, picture)
    console.log(`${path} (${Math.round(picture.length / 1000)} kB)`)
  }
}

/** The newest two; the one that was compared with plain SFT is shown. */
async function finishedRuns(client: Client<AppContract>): Promise<Pick<Places, 'main' | 'other'>> {
  const { runs } = await client.call('listRuns', {})
  const finished = runs.filter(({ state }) => state === 'finished')
  const shown = finished.find(({ sft }) => sft !== null) ?? finished[0]
  const other = finished.find(({ id }) => id !== shown?.id)
  if (!shown || !other)
    throw new Error(`Expected two finished runs in the data folder, found ${finished.length}.`)
  return { main: shown, other }
}

/** The wizard up to the plan, on a copy of the starter's model and dataset. */
async function draftProject(client: Client<AppContract>, from: string): Promise<string> {
  const { projectId } = await client.call('createProject', { name: projectName })
  await client.call('chooseModel', { projectId, modelDir: join(from, 'model') })
  const sources = [join(from, 'dataset', 'train.jsonl')]
  await client.call('chooseDataset', { projectId, choice: { sources } })
  for await (const event of client.stream('importDataset', { projectId })) if (event.kind === 'done') break
  return projectId
}

/** As it comes, then with colder answers of the opponent. */
async function runStarterTwice(client: Client<AppContract>): Promise<void> {
  const { projectId } = await client.call('startStarter', { iterations: 2 })
  await untilDone(client, projectId)
  const copy = await client.call('duplicateProject', { projectId })
  await client.call('renameProject', { projectId: copy.projectId, name: 'Starter, colder' })
  for await (const event of client.stream('importDataset', copy)) if (event.kind === 'done') break
  for await (const { draft } of client.stream('project', copy)) {
    const plan = LoopPlan.parse(draft.plan)
    const colder = plan.iterations.map((iteration) => ({
      ...iteration,
      generation: { ...iteration.generation, temperature: 1 },
    }))
    await client.call('startRun', {
      ...copy,
      // One comparison with plain SFT is enough, and says which of the two runs is shown.
      plan: { ...plan, compareSft: false, iterations: colder },
      rowLimit: draft.rowLimit,
    })
    break
  }
  await untilDone(client, copy.projectId)
}

await main()
