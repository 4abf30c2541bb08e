import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page, TestInfo } from '@playwright/test'
import { answersIn, reply, startJudgeServer } from '../unit/judge/judge-server.ts'
import { expect, test } from './app-host.ts'
import { openPage, watchErrors } from './app-pages.ts'

test.use({ smallRuns: true })

const secret = 'sk-typed-into-the-page-55'

/** Short ones: the starter's context is small. */
function writeQuestions(path: string): string {
  const questions = ['Balance {([(', 'Sort: d a c', 'Reverse: abc', 'Balance (('].map((first, i) => ({
    question_id: i + 1,
    category: i % 2 === 0 ? 'brackets' : 'words',
    turns: [first, 'Again'],
  }))
  writeFileSync(path, questions.map((question) => `${JSON.stringify(question)}\n`).join(''))
  return path
}

/** By the dialog of the page. */
async function chooseQuestions(page: Page, file: string): Promise<void> {
  const main = page.getByRole('main')
  await main.getByRole('radio', { name: 'A file of yours' }).check()
  await main.getByRole('button', { name: 'Choose file…' }).click()
  const browser = page.getByRole('dialog', { name: 'Choose a file of questions' })
  await browser.getByLabel('Path').fill(dirname(file))
  await page.keyboard.press('Enter')
  await browser.getByText(basename(file)).click()
  await browser.getByRole('button', { name: /^Choose 1 file/ }).click()
  await expect(main.getByText(file)).toBeVisible()
}

test('models answer, the cost is seen, a real endpoint judges, and every verdict can be looked into', async ({
  page,
  host,
}, info) => {
  test.setTimeout(90_000)
  page.setDefaultTimeout(20_000)
  const errors = watchErrors(page)
  let letGo = (): void => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const server = await startJudgeServer(async ({ prompt }, response) => {
    await held
    const [a = '', b = ''] = answersIn(prompt)
    reply(
      response,
      `The longer one says more. [[${a.length > b.length ? 'A' : b.length > a.length ? 'B' : 'C'}]]`,
    )
  })
  const file = writeQuestions(join(host.dataDir, 'questions.jsonl'))
  await page.goto(host.url)
  await openPage(page, `project/${host.projects?.finished[1]}/judge`)
  const main = page.getByRole('main')
  await expect(main.getByText('32 questions, 12 with a reference answer')).toBeVisible({ timeout: 20_000 })
  await lookAt(page, info, 'judge-new')

  await chooseQuestions(page, file)
  await expect(main.getByText(/^4 questions, 0 with/)).toBeVisible()
  await main.getByLabel('Longest answer, tokens').fill('24')
  await main.getByRole('button', { name: /^Let \d models answer/ }).click()
  await expect(main.getByText('Answers are there').first()).toBeVisible({ timeout: 60_000 })

  await main.getByLabel('Address').fill(server.url)
  await main.getByRole('textbox', { name: 'Model', exact: true }).fill('judge-7')
  await main.getByRole('textbox', { name: 'Key', exact: true }).fill(secret)
  await main.getByLabel('Price of reading').fill('2')
  await main.getByLabel('Price of writing').fill('8')
  await expect(main.getByText(/^about 0\.\d{4}/)).toBeVisible()
  await expect(main.getByText(/at most 0\.\d{4}$/).first()).toBeVisible()
  expect(server.asked).toEqual([])
  await lookAt(page, info, 'judge-ready')
  await main.getByRole('button', { name: /^Ask for \d+ verdicts/ }).click()
  // What is at work is told at the foot of every page, which leads back to it.
  await openPage(page, 'home')
  const atWork = page.getByRole('contentinfo').getByRole('button', { name: /^Judging verdicts 0%/ })
  await expect(atWork).toBeVisible()
  await atWork.click()
  letGo()

  const results = main.getByRole('region', { name: 'What the judge says' })
  await expect(
    results.getByRole('img', { name: /against base: \d+ won, \d+ tied, \d+ lost/ }).first(),
  ).toBeVisible({ timeout: 30_000 })
  await expect(main.getByText('Every verdict is there')).toBeVisible()
  await expect(main.getByLabel('Key', { exact: true })).toHaveValue('')
  await expect(atWork).toHaveCount(0)
  expect(server.asked[0]!.headers.authorization).toBe(`Bearer ${secret}`)
  await lookAt(page, info, 'judge-results')

  const turns = main.getByRole('table', { name: 'Judged turns' })
  await expect(turns.getByRole('row')).toHaveCount(9)
  const first = turns.getByRole('row', { name: /won$/ }).first().getByRole('button')
  await first.click()
  const dialog = page.getByRole('dialog', { name: /^(brackets|words), question \d, turn \d/ })
  await expect(dialog.getByRole('heading', { name: 'base' }).first()).toBeVisible()
  await expect(dialog.getByText('The longer one says more.')).toHaveCount(2)
  await lookAt(page, info, 'judge-turn')
  await page.keyboard.press('Escape')
  await expect(first).toBeFocused()

  // Nothing but the request has the key: not the record, and not what the page keeps.
  const files = readdirSync(host.dataDir, { recursive: true, encoding: 'utf8' }).map((name) =>
    join(host.dataDir, name),
  )
  for (const path of files.filter((name) => statSync(name).isFile()))
    expect(readFileSync(path).includes(secret), path).toBe(false)
  expect(
    await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }])),
  ).not.toContain(secret)

  // Without a judge: on what the run has evaluated.
  const logProbs = main.getByRole('region', { name: 'Without a judge: log-probs' })
  await logProbs.getByRole('button', { name: 'Count' }).click()
  await expect(logProbs.getByText('against the human answers')).toBeVisible({ timeout: 30_000 })
  await expect(logProbs.getByText('At equal length').first()).toBeVisible()
  await lookAt(page, info, 'judge-log-prob')

  await page.reload()
  await expect(results).toBeVisible()
  await main.getByRole('button', { name: 'Remove…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove judging' }).click()
  await expect(main.getByText('Nothing was judged yet.')).toBeVisible()
  expect(errors).toEqual([])
  await server.close()
})

test('an endpoint that refuses is told in its own words, and the same judging goes on with another', async ({
  page,
  host,
}) => {
  test.setTimeout(90_000)
  page.setDefaultTimeout(20_000)
  const refusing = await startJudgeServer((_, response) => {
    response.writeHead(401, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { message: 'No such key here' } }))
  })
  const grading = await startJudgeServer((_, response) => reply(response, 'Fine. [[7]]'))
  const file = writeQuestions(join(host.dataDir, 'questions.jsonl'))
  await page.goto(host.url)
  await openPage(page, `project/${host.projects?.finished[0]}/judge`)
  const main = page.getByRole('main')
  await main.getByRole('radio', { name: 'Grade from 1 to 10' }).check()
  await chooseQuestions(page, file)
  await main.getByLabel('Longest answer, tokens').fill('16')
  await main.getByRole('button', { name: /^Let \d models? answer/ }).click()
  await main.getByLabel('Address').fill(refusing.url, { timeout: 60_000 })
  await main.getByRole('textbox', { name: 'Model', exact: true }).fill('judge-8')
  await main.getByRole('button', { name: /^Ask for \d+ verdicts/ }).click()
  await expect(main.getByRole('alert')).toContainText('No such key here')
  await main.getByLabel('Address').fill(grading.url)
  await main.getByRole('button', { name: /^Ask for \d+ verdicts/ }).click()
  const table = main.getByRole('table', { name: 'Verdicts by category' })
  await expect(table.getByRole('row').nth(1)).toContainText('7.00', { timeout: 30_000 })
  await Promise.all([refusing.close(), grading.close()])
})

/** A picture in both colours, and what axe says. */
async function lookAt(page: Page, info: TestInfo, name: string): Promise<void> {
  for (const scheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', scheme)
    await page.screenshot({ path: info.outputPath(`${name}-${scheme}.png`) })
    const axe = new AxeBuilder({ page })
    const { violations } = await (scheme === 'dark' ? axe.withRules('color-contrast') : axe).analyze()
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    expect(grave.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
  }
}
