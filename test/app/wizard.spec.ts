import { join } from 'node:path'
import { expect, test } from './app-host.ts'
import { dropFiles, openDatasetStep, watchErrors } from './app-pages.ts'
import { writeStarterRows } from './small-runs.ts'

test('from nothing to a better model: model, dropped file, plan, run, results, samples and chat', async ({
  page,
  host,
}, info) => {
  test.setTimeout(240_000)
  const errors = watchErrors(page)
  await openDatasetStep(page, host)

  await test.step('Dataset: a dropped file is read, checked, counted and shown as the model sees it', async () => {
    await dropFiles(page, [writeStarterRows(join(host.dataDir, 'puzzles.jsonl'), 300)])
    await expect(page.getByText('Chat messages, JSON Lines')).toBeVisible({ timeout: 20_000 })
    await expect(page.getByLabel('Used as, for the column messages').first()).toHaveValue('Conversation')
    await expect(page.getByText('kept of 300 (100.0%)')).toBeVisible({ timeout: 20_000 })
    await expect(page.getByRole('img', { name: /Token lengths: median \d+/ })).toBeVisible({
      timeout: 20_000,
    })
    const preview = page.getByRole('complementary', { name: 'Preview' })
    await expect(preview.getByText('Assistant, human answer')).toBeVisible()
    await preview.getByText('With template').click()
    await expect(preview.getByText('<|assistant|>').first()).toBeVisible()
    await page.getByRole('button', { name: 'Continue to plan' }).click()
  })

  await test.step('Plan: the shortest one, and what it will take', async () => {
    await page.getByRole('radiogroup', { name: 'Preset' }).getByText('Quick look').click()
    await expect(page.getByRole('radio', { name: 'Quick look' })).toBeChecked()
    await page.getByLabel('Rows per iteration').fill('48')
    await page.getByLabel('Held-out rows').fill('12')
    const forecast = page.getByRole('complementary', { name: 'Forecast' })
    await expect(forecast.getByText(/^Started now, done about \d\d:\d\d/)).toBeVisible({ timeout: 90_000 })
    await expect(forecast.getByText(/^likely .+ to /)).toBeVisible()
    await expect(forecast.getByRole('heading', { name: 'Memory' })).toBeVisible()
    await page.screenshot({ path: info.outputPath('plan.png') })
    await page.getByRole('button', { name: 'Start run' }).click()
  })

  await test.step('Run: its stages and curves, until it is done', async () => {
    await expect(page.getByRole('heading', { name: 'Run 1', level: 1 })).toBeVisible({ timeout: 20_000 })
    const stages = page.getByRole('list', { name: 'Iterations and their stages' })
    await expect(stages.getByRole('listitem', { name: /^Generate/ })).toBeVisible()
    await expect(page.getByRole('figure', { name: /^Loss, nats: Iteration 0 from 0\.69/ })).toBeVisible({
      timeout: 60_000,
    })
    const toResults = page.getByRole('main').getByRole('button', { name: 'See the results' })
    await expect(toResults).toBeVisible({ timeout: 120_000 })
    await expect(page.getByRole('status', { name: 'Notices' })).toContainText('Run 1')
    await expect(page.getByRole('listitem', { name: /Iteration 0, \d+ of \d+ fractions/ })).toBeVisible()
    await toResults.click()
  })

  await test.step('Results: the verdict, and every score', async () => {
    await expect(page.getByRole('heading', { name: 'Results', level: 1 })).toBeVisible()
    await expect(page.getByText('Run 1 done')).toBeVisible()
    await expect(
      page.getByRole('region', { name: 'Score by iteration' }).getByText(/^Best: (base|iteration 0)$/),
    ).toBeVisible()
    const scores = page.getByRole('table', { name: 'Every score of every model' })
    await expect(scores.getByRole('row', { name: /^Held-out NLL/ })).toBeVisible()
  })

  await test.step('Samples: rows with their answers, token by token', async () => {
    await page.getByRole('link', { name: 'Samples' }).click()
    await expect(page.getByRole('listbox', { name: 'Rows' }).getByRole('option').first()).toBeVisible()
    const human = page.getByRole('group', { name: 'Human answer, token by token' })
    await expect(human.locator('[data-token]').first()).toBeVisible({ timeout: 30_000 })
    await expect(page.getByRole('img', { name: /^Reward so far, nats/ })).toBeVisible()
  })

  await test.step('Chat: the new model answers', async () => {
    await page.getByRole('link', { name: 'Chat' }).click()
    await page.getByRole('combobox', { name: 'Model' }).click()
    await page.getByRole('option', { name: /^Iteration 0/ }).click()
    await page.getByLabel('Message').fill('Balance {([(')
    await page.keyboard.press('Enter')
    const answer = page.getByRole('article', { name: /Iteration 0/ })
    await expect(answer.getByText(/\d+ tokens?/)).toBeVisible({ timeout: 30_000 })
  })
  expect(errors).toEqual([])
})
