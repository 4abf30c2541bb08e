import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { expect, test } from './app-host.ts'
import { openPage, watchErrors } from './app-pages.ts'
import { lookAt } from './look-at.ts'

/** Synthetic rows in the schema of each dataset. */
const dataDir = fileURLToPath(new URL('../golden/benchmarks/data', import.meta.url))
const tasks = ['ARC-Challenge', 'TruthfulQA', 'Winogrande', 'GSM8K', 'HellaSwag', 'MMLU']

test.use({ smallRuns: true })

/** By the page's own folder browser, as where the host has no dialog. */
async function chooseDataFolder(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Choose folder…' }).click()
  const dialog = page.getByRole('dialog', { name: 'The folder with the benchmark datasets' })
  await dialog.getByLabel('Path').fill(dataDir)
  await dialog.getByLabel('Path').press('Enter')
  await dialog.getByRole('button', { name: 'Choose “data”' }).click()
  await expect(dialog).toBeHidden()
}

test('a run’s models are measured by the six tasks, tabled, compared, and looked into question by question', async ({
  page,
  host,
}, info) => {
  test.setTimeout(300_000)
  const errors = watchErrors(page)
  await page.goto(host.url)
  await openPage(page, `project/${host.projects?.finished[1]}/results`)
  const main = page.getByRole('main')
  await main.getByRole('button', { name: /^Benchmarks/ }).click()
  await expect(page.getByRole('heading', { name: 'Benchmarks', level: 1 })).toBeVisible()

  // Without data there is nothing to tick, and the page says what to do.
  await expect(main.getByRole('button', { name: 'Fetch 6 missing datasets' })).toBeVisible()
  await expect(main.getByRole('checkbox', { name: 'GSM8K' })).toBeDisabled()
  await expect(main.getByText('Tick at least one task whose data is there')).toBeVisible()
  await lookAt(page, info, 'benchmarks-no-data')
  await chooseDataFolder(page)

  // Rows that are not the published ones are said to be so, and are measured when they are asked for.
  await expect(main.getByText('Not the published rows')).toHaveCount(6)
  for (const task of tasks) await main.getByRole('checkbox', { name: task }).check()
  await main.getByRole('radio', { name: /harness-current/ }).check()
  await main.getByText('A quick look', { exact: true }).click()
  await main.getByLabel('questions a task').fill('1')
  const cost = page.getByRole('region', { name: 'What it takes' })
  await expect(cost.getByRole('row', { name: /^MMLU 57 228 / })).toBeVisible({ timeout: 60_000 })
  const start = main.getByRole('button', { name: 'Measure 3 models' })
  await expect(start).toBeEnabled({ timeout: 60_000 })
  await lookAt(page, info, 'benchmarks-measure')
  await start.click()
  // What is at work is told at the foot of every page.
  await expect(
    page.getByRole('contentinfo').getByRole('button', { name: /^Benchmarks (Base|Plain SFT)/ }),
  ).toBeVisible({ timeout: 30_000 })

  // Watched: the last one is paused before its turn, and goes on when it is told to.
  const queue = page.getByRole('region', { name: 'At work' })
  await queue.getByRole('button', { name: 'Pause Iteration 0' }).click()
  await expect(queue.getByText('Paused')).toBeVisible()
  const row = (name: string) =>
    main.getByRole('table', { name: /^Scores of every/ }).getByRole('row', { name })
  for (const name of ['Base', 'Plain SFT'])
    await expect(row(name).getByRole('cell').last()).toHaveText(/^\d+\.\d/, { timeout: 120_000 })
  await expect(row('Iteration 0')).toHaveCount(0)
  await queue.getByRole('button', { name: 'Resume Iteration 0' }).click()
  await expect(row('Iteration 0').getByRole('cell').last()).toHaveText(/^\d+\.\d/, { timeout: 120_000 })
  await expect(queue).toHaveCount(0)

  // Tabled: in words, over iterations, by subject, and with what it came from.
  const words = page.getByRole('region', { name: 'What stands out' })
  await expect(words.getByText(/^Iteration 0 (and|beats|is) /)).toBeVisible({ timeout: 30_000 })
  await expect(main.getByRole('img', { name: /radar chart/ })).toBeVisible()
  await expect(main.getByRole('img', { name: /^Average: Plain SFT .*Base .*Iteration 0/ })).toBeVisible()
  await expect(
    main.getByText('Published rows are of all questions, so none stands beside a quick look.'),
  ).toBeVisible()
  await expect(main.getByRole('row', { name: /GSM8K exact match, flexible/ })).toBeVisible()
  await main.getByRole('button', { name: 'STEM' }).click()
  await expect(main.getByRole('row', { name: /^Abstract algebra 1 / })).toBeVisible()
  const seen = page.getByRole('region', { name: 'Seen in training?' })
  await seen.getByRole('button', { name: 'Check' }).click()
  await expect(seen.getByText(/no question shares that much/)).toBeVisible({ timeout: 60_000 })
  await lookAt(page, info, 'benchmarks-scores')
  const saved = page.waitForEvent('download')
  await main.getByRole('button', { name: 'Copy and save' }).click()
  await page.getByRole('menuitem', { name: 'Save results JSON of iteration 0…' }).click()
  expect((await saved).suggestedFilename()).toMatch(/^results_.*\.json$/)

  // Looked into: choices against another model's, and what was read out of a generated answer.
  await main.getByRole('button', { name: /^Iteration 0, ARC-Challenge: / }).click()
  const detail = page.getByRole('complementary', { name: 'Question' })
  await expect(detail.getByText('right answer')).toBeVisible()
  await main.getByRole('combobox', { name: 'Compare with' }).click()
  await page.getByRole('option', { name: 'Base' }).click()
  await expect(detail.getByRole('columnheader')).toHaveCount(3)
  await expect(detail.getByText('picked').first()).toBeVisible()
  await lookAt(page, info, 'benchmarks-choices')
  await main.getByRole('combobox', { name: 'Task' }).click()
  await page.getByRole('option', { name: 'MMLU' }).click()
  await expect(main.getByText('Question 1 of 57')).toBeVisible()
  await main.getByRole('listbox', { name: 'Questions' }).press('j')
  await expect(main.getByText('Question 2 of 57')).toBeVisible()
  await main.getByLabel('Search questions and answers').fill('no question has these words')
  await expect(main.getByText('Another filter or search may show some.')).toBeVisible()
  await main.getByLabel('Search questions and answers').fill('')
  await main.getByRole('combobox', { name: 'Task' }).click()
  await page.getByRole('option', { name: 'GSM8K' }).click()
  await expect(detail.getByRole('region', { name: 'Generated answer' })).toHaveCount(2)
  await lookAt(page, info, 'benchmarks-generated')

  // Removed: the row goes, after the dialog has said what goes with it.
  await main.getByText('Scores', { exact: true }).click()
  await page.getByRole('region', { name: 'Where these come from' }).getByText('Show').click()
  await page.getByRole('button', { name: 'Remove the evaluation of plain SFT…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Remove the evaluation of plain SFT?' })
  await dialog.getByRole('button', { name: 'Remove evaluation' }).click()
  await expect(row('Plain SFT')).toHaveCount(0)
  await expect(row('Base')).toBeVisible()
  expect(errors).toEqual([])
})

test('benchmarks are a key, a command and a row of the sidebar away, and say what is missing', async ({
  page,
  host,
}) => {
  await page.goto(host.url)
  await openPage(page, `project/${host.projects?.planned}/plan`)
  await expect(page.getByRole('heading', { name: 'Plan', level: 1 })).toBeVisible()
  await page.keyboard.press('Control+6')
  await expect(page.getByText('No model to measure yet')).toBeVisible()
  await page.keyboard.press('Control+Enter')
  await expect(page.getByRole('heading', { name: 'Plan', level: 1 })).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('benchmarks')
  await page.keyboard.press('Enter')
  await expect(page.getByText('No model to measure yet')).toBeVisible()
  await page.getByRole('navigation').getByRole('link', { name: 'Plan' }).click()
  await page.getByRole('navigation').getByRole('link', { name: 'Benchmarks' }).click()
  await expect(page.getByRole('heading', { name: 'Benchmarks', level: 1 })).toBeVisible()
})
