import { expect, type Page } from '@playwright/test'
import type { AppHost } from './app-host.ts'
import { openPage } from './app-pages.ts'

export interface Screen {
  name: string
  /** In the fragment; from the projects of `smallRuns`. */
  address(host: AppHost): string
  /** Waits until all of it is there. */
  ready(page: Page): Promise<void>
}

const main = (page: Page) => page.getByRole('main')
const seen = { timeout: 30_000 }
const heading = (name: string) => (page: Page) =>
  expect(page.getByRole('heading', { name, level: 1 })).toBeVisible(seen)
const finished = (host: AppHost, step: string) => `project/${host.projects?.finished[1]}/${step}`

/** Every screen of an app that has projects, in the order of the sidebar. */
export const fullScreens: readonly Screen[] = [
  {
    name: 'home',
    address: () => 'home',
    async ready(page) {
      await expect(page.getByRole('row', { name: /Puzzles, colder/ })).toBeVisible(seen)
      await expect(page.getByText('Ready', { exact: true })).toBeVisible(seen)
    },
  },
  {
    name: 'models',
    address: () => 'models',
    ready: (page) => expect(main(page).getByRole('row', { name: /plain SFT/ })).toBeVisible(seen),
  },
  {
    name: 'runs',
    address: () => 'runs',
    async ready(page) {
      await main(page).getByRole('button', { name: 'Puzzles, colder, run 2' }).click()
      await expect(
        main(page)
          .getByText(/\d [MG]B/)
          .first(),
      ).toBeVisible(seen)
    },
  },
  {
    name: 'compare',
    address: () => 'compare/1,2',
    ready: (page) => expect(main(page).getByRole('img', { name: /^Reward accuracy\./ })).toBeVisible(seen),
  },
  {
    name: 'model',
    address: (host) => finished(host, 'model'),
    ready: (page) => expect(page.getByRole('figure', { name: /sample conversation/ })).toBeVisible(seen),
  },
  {
    name: 'dataset',
    address: (host) => finished(host, 'dataset'),
    async ready(page) {
      await expect(page.getByRole('img', { name: /Token lengths/ })).toBeVisible(seen)
      await expect(page.getByText('Assistant, human answer')).toBeVisible(seen)
    },
  },
  {
    name: 'plan',
    address: (host) => `project/${host.projects?.planned}/plan`,
    ready: (page) => expect(page.getByText(/^Started now, done about/)).toBeVisible({ timeout: 60_000 }),
  },
  {
    name: 'plan-of-a-run',
    address: (host) => finished(host, 'plan'),
    ready: (page) => expect(main(page).getByRole('link', { name: 'Open run 2' })).toBeVisible(seen),
  },
  {
    name: 'run',
    address: (host) => finished(host, 'run'),
    ready: (page) =>
      expect(main(page).getByRole('figure', { name: /^Reward accuracy, %/ })).toBeVisible(seen),
  },
  {
    name: 'results',
    address: (host) => finished(host, 'results'),
    ready: (page) => expect(main(page).getByRole('row', { name: /^Held-out NLL/ })).toBeVisible(seen),
  },
  {
    name: 'benchmarks',
    address: (host) => finished(host, 'benchmarks'),
    ready: (page) => expect(main(page).getByRole('row', { name: /MMLU 5-shot/ })).toBeVisible(seen),
  },
  {
    name: 'judge',
    address: (host) => finished(host, 'judge'),
    ready: (page) => expect(main(page).getByText(/^32 questions, 12 with/)).toBeVisible(seen),
  },
  {
    name: 'samples',
    address: (host) => finished(host, 'samples'),
    async ready(page) {
      await expect(page.getByRole('group', { name: 'Human answer, token by token' })).toBeVisible(seen)
      await expect(page.getByRole('img', { name: /^Reward so far/ })).toBeVisible(seen)
    },
  },
  {
    name: 'chat',
    address: (host) => finished(host, 'chat'),
    async ready(page) {
      await page.getByLabel('Message').fill('Balance {([(')
      await page.getByRole('button', { name: 'Send' }).click()
      await expect(page.getByRole('article').getByText(/\d+ tokens?/)).toBeVisible(seen)
    },
  },
  { name: 'settings', address: () => 'settings', ready: heading('Settings') },
  { name: 'help', address: () => 'help', ready: heading('Help') },
]

/** What a person sees who has nothing yet. */
export const emptyScreens: readonly Screen[] = [
  {
    name: 'home-empty',
    address: () => 'home',
    async ready(page) {
      await expect(page.getByRole('button', { name: 'Start the starter' })).toBeEnabled(seen)
      await expect(page.getByText('Ready', { exact: true })).toBeVisible(seen)
    },
  },
  { name: 'models-empty', address: () => 'models', ready: heading('Models') },
  { name: 'runs-empty', address: () => 'runs', ready: heading('Runs') },
  { name: 'compare-empty', address: () => 'compare/', ready: heading('Compare runs') },
]

/** Opens a screen as a person who came by a bookmark, and waits until it is there. */
export async function showScreen(page: Page, host: AppHost, { address, ready }: Screen): Promise<void> {
  await openPage(page, address(host))
  await ready(page)
}
