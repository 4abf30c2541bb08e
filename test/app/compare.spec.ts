import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './app-host.ts'
import { openPage, watchErrors } from './app-pages.ts'

test.use({ smallRuns: true })

test('two runs are chosen in the list and compared: what differs, their curves, their scores', async ({
  page,
  host,
}) => {
  const errors = watchErrors(page)
  await page.goto(host.url)
  await page.getByRole('link', { name: /^Runs/ }).click()
  const main = page.getByRole('main')
  await main.getByRole('checkbox', { name: 'Select Puzzles, run 1' }).click()
  await main.getByRole('checkbox', { name: 'Select Puzzles, colder, run 2' }).click()
  await main.getByRole('button', { name: 'Compare 2 runs' }).click()

  await expect(page.getByRole('heading', { name: 'Compare runs', level: 1 })).toBeVisible()
  const settings = main.getByRole('table', { name: 'Settings of the compared runs' })
  await expect(settings.getByRole('row', { name: /^Beta/ })).toHaveText(/0\.30.*0\.10|0\.10.*0\.30/)
  await expect(settings.getByRole('row', { name: /^Learning rate/ })).toHaveCount(0)
  await main.getByRole('switch', { name: 'Only differences' }).press('Space')
  await expect(settings.getByRole('row', { name: /^Learning rate/ })).toBeVisible()

  for (const curve of ['Loss', 'Margin', 'Reward, generated', 'Reward accuracy'])
    await expect(main.getByRole('img', { name: new RegExp(`^${curve}\\. .*Run 1 .*Run 2 `) })).toBeVisible()
  await main.getByText('By step', { exact: true }).click()
  await expect(main.getByRole('radio', { name: 'By step' })).toBeChecked()
  for (const run of [1, 2])
    await main.getByLabel(`Compared iteration of run ${run}`).selectOption({ label: 'It. 0' })
  const changes = main.getByRole('region', { name: 'Change from base' })
  await expect(changes.getByRole('img')).toBeVisible()

  // The same run twice: its iterations against each other.
  await main.getByRole('button', { name: 'Remove run 2' }).click()
  await main.getByRole('button', { name: 'Add run' }).click()
  await page.getByRole('menuitem', { name: 'Puzzles, run 1' }).click()
  await expect(main.getByLabel('Compared iteration of run 1')).toHaveCount(2)
  await main.getByLabel('Compared iteration of run 1').first().selectOption({ label: 'Base' })
  await main.getByLabel('Compared iteration of run 1').last().selectOption({ label: 'It. 0' })
  await expect(settings.getByRole('columnheader', { name: 'It. 0' })).toBeVisible()

  const saved = page.waitForEvent('download')
  await main.getByRole('button', { name: 'Export table…' }).click()
  expect((await saved).suggestedFilename()).toMatch(/\.(csv|tsv)$/)
  expect(errors).toEqual([])
})

test('a note and tags stay with a run, and find it', async ({ page, host }) => {
  await page.goto(host.url)
  await openPage(page, 'runs')
  const main = page.getByRole('main')
  await main.getByRole('button', { name: 'Puzzles, run 1', exact: true }).click()
  const details = page.getByRole('complementary', { name: 'Selected run' })
  await details.getByLabel('Note').fill('Too few pairs to say anything')
  await details.getByLabel('Tags').fill('baseline')
  await page.keyboard.press('Enter')
  await expect(details.getByText('baseline')).toBeVisible()
  await page.reload()
  await openPage(page, 'runs')
  await main.getByLabel('Search name, model, dataset, note, tag').fill('baseline')
  await expect(main.getByRole('button', { name: 'Puzzles, colder, run 2' })).toHaveCount(0)
  await main.getByRole('button', { name: 'Puzzles, run 1', exact: true }).click()
  await expect(details.getByLabel('Note')).toHaveValue('Too few pairs to say anything')
})

test('a run is deleted with its files, after the dialog has said how much that is', async ({
  page,
  host,
}) => {
  await page.goto(host.url)
  await openPage(page, 'runs')
  const main = page.getByRole('main')
  await main.getByRole('button', { name: 'Puzzles, run 1', exact: true }).click()
  await expect(main.getByText(/^[\d.]+ MB in \d+ files$/)).toBeVisible()
  await main.getByRole('button', { name: 'Delete…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete Puzzles, run 1?' })
  await expect(dialog).toContainText(/[\d.]+ MB/)
  const dir = join(host.dataDir, 'projects', 'puzzles')
  expect(existsSync(dir)).toBe(true)
  await dialog.getByRole('checkbox').check()
  await dialog.getByRole('button', { name: 'Delete run' }).click()
  await expect(dialog).toBeHidden()
  await expect(main.getByRole('button', { name: 'Puzzles, run 1', exact: true })).toHaveCount(0)
  await expect(main.getByRole('button', { name: 'Puzzles, colder, run 2' })).toBeVisible()
  expect(existsSync(dir)).toBe(false)
})
