import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './app-host.ts'
import { dropFiles, openDatasetStep } from './app-pages.ts'

/** Chat rows from a number on; `broken`: one line is cut off, one row has no answer, one prompt comes twice. */
function writeChatRows(path: string, rows: number, from = 0, broken = false): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const asked = broken && i === 3 ? 'Question 2?' : `Question ${from + i}?`
    const messages = [{ role: 'user', content: asked }, ...(broken && i === 5 ? [] : [answer(i)])]
    const line = JSON.stringify({ messages, ticket: `HD-${i}` })
    return broken && i === 7 ? line.slice(0, 30) : line
  })
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}
const answer = (i: number) => ({ role: 'assistant', content: `Answer ${i}.` })

async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`)).toEqual(
    [],
  )
}

test('a dropped file is read: columns, rows that were dropped and why, lengths, and a row as the model sees it', async ({
  page,
  host,
}) => {
  await openDatasetStep(page, host)
  await expect(page.getByText('What a good file looks like')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Continue to plan' })).toBeDisabled()
  await expectNoViolations(page)

  await dropFiles(page, [writeChatRows(join(host.dataDir, 'helpdesk.jsonl'), 60, 0, true)])
  await expect(page.getByText('Chat messages, JSON Lines')).toBeVisible()
  await expect(page.getByLabel('Used as, for the column messages').first()).toHaveValue('Conversation')
  await expect(page.getByText('kept of 60 (95.0%)')).toBeVisible({ timeout: 20_000 })
  await expect(page.getByText('Row 8 of helpdesk.jsonl can’t be read')).toBeVisible()
  await page.getByRole('button', { name: 'Does not end with an assistant answer' }).click()
  await expect(page.getByText('helpdesk.jsonl, row 6')).toBeVisible()
  await expect(page.getByRole('img', { name: /Token lengths: median \d+/ })).toBeVisible({ timeout: 20_000 })

  const preview = page.getByRole('complementary', { name: 'Preview' })
  await expect(preview.getByText('Assistant, human answer')).toBeVisible()
  await preview.getByText('With template').click()
  await expect(preview.locator('mark')).toContainText('Answer')
  await preview.getByText('Token ids').click()
  await preview.getByRole('button', { name: 'Next row' }).click()
  await expect(preview.getByText('Row 2', { exact: false })).toBeVisible()
  await expectNoViolations(page)

  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save dropped rows…' }).click()
  const lines = readFileSync(await (await saved).path(), 'utf8')
    .trimEnd()
    .split('\n')
  expect(lines.map((line) => (JSON.parse(line) as { row: number }).row)).toEqual([4, 6, 8])
  await page.keyboard.press('Control+Enter')
  await expect(page).toHaveURL(/\/plan$/)
})

test('a folder is dropped: its own split is kept, and a broken file in it can be left out', async ({
  page,
  host,
}) => {
  await openDatasetStep(page, host)
  const dir = join(host.dataDir, 'rows')
  mkdirSync(join(dir, 'more'), { recursive: true })
  writeChatRows(join(dir, 'train.jsonl'), 20)
  writeChatRows(join(dir, 'more', 'test.jsonl'), 5, 20)
  writeFileSync(join(dir, 'noise.parquet'), 'PAR1, and no Parquet')
  await dropFiles(page, [dir])
  await expect(page.getByText('found a file that cannot be read').first()).toBeVisible({ timeout: 20_000 })
  await page.getByRole('button', { name: /^Leave out/ }).click()
  await expect(page.getByText('The files bring their own split: it is kept.')).toBeVisible()
  await expect(page.getByText('20 to train on')).toBeVisible({ timeout: 20_000 })
})

test('columns of no known layout are read once a person has said what they hold', async ({ page, host }) => {
  await openDatasetStep(page, host)
  const path = join(host.dataDir, 'table.csv')
  writeFileSync(
    path,
    `ask,reply\n${Array.from({ length: 30 }, (_, i) => `"Why ${i}?","Because, ${i}."`).join('\n')}\n`,
  )
  await page.locator('input[type=file]').setInputFiles(path)
  await expect(page.getByText('match no layout that is known')).toBeVisible({ timeout: 20_000 })
  await expect(page.getByText('Choose a column for: Prompt, Answer.')).toBeVisible()
  for (const [column, role] of [
    ['ask', 'Prompt'],
    ['reply', 'Answer'],
  ] as const) {
    await page.getByLabel(`Used as, for the column ${column}`).first().click()
    await page.getByRole('option', { name: role, exact: true }).click()
  }
  await expect(page.getByText('kept of 30 (100.0%)')).toBeVisible({ timeout: 20_000 })
  await page.getByRole('textbox', { name: 'Train on at most' }).fill('10')
  await page.keyboard.press('Enter')
  await expect(page.getByText('10 to train on')).toBeVisible({ timeout: 20_000 })
})
