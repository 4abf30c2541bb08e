import { expect, type Locator, type Page } from '@playwright/test'
import type { AppHost } from './app-host.ts'
import { starterModelDir } from './small-runs.ts'

/** Goes to a page by its address, as Back and a bookmark do: "runs", "project/<id>/plan". */
export async function openPage(page: Page, address: string): Promise<void> {
  await page.evaluate((hash) => {
    window.location.hash = hash
  }, `#/${address}`)
}

/** From Home: a new project with the starter's model, open at its second step. Returns the project's id. */
export async function openDatasetStep(page: Page, host: AppHost): Promise<string> {
  await page.goto(host.url)
  await page.getByRole('button', { name: 'New project' }).click()
  await page.getByLabel('Or type a path').fill(starterModelDir)
  await page.getByRole('button', { name: 'Use', exact: true }).click()
  await expect(page.getByRole('region', { name: 'Model card' })).toContainText('0.57 million', {
    timeout: 20_000,
  })
  await page.getByRole('button', { name: 'Continue to dataset' }).click()
  await expect(page.getByRole('heading', { name: 'Dataset', level: 1 })).toBeVisible()
  return projectIdOf(page)
}

export function projectIdOf(page: Page): string {
  const id = /#\/project\/([^/]+)\//.exec(page.url())?.[1]
  if (!id) throw new Error(`Expected the address of a project, found ${page.url()}`)
  return id
}

/** A real drop of files or folders that lie on the disk, over the middle of the page; `over`: what shows that it may be let go. */
export async function dropFiles(
  page: Page,
  paths: string[],
  over: Locator = page.getByText('Drop to read'),
): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files: paths, dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 600, y: 400, data })
  await expect(over).toBeVisible()
  await session.send('Input.dispatchDragEvent', { type: 'drop', x: 600, y: 400, data })
  await session.detach()
}

/** What the page wrote to its console as an error, or threw. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  return errors
}
