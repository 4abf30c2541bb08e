import { expect, test } from './app-host.ts'
import { fullScreens, showScreen } from './screens.ts'
import { walkByTab } from './tab-walk.ts'

/** What axe says of every screen is in screens.spec.ts. */

test.use({ smallRuns: true })

for (const name of ['home', 'plan', 'benchmarks'] as const) {
  test(`Tab reaches everything on ${name}, and shows where it is`, async ({ page, host }) => {
    test.setTimeout(90_000)
    await page.goto(host.url)
    await showScreen(
      page,
      host,
      fullScreens.find((screen) => screen.name === name)!,
    )
    const walk = await walkByTab(page)
    expect(walk.reached.length).toBeGreaterThan(15)
    expect(walk.missed).toEqual([])
    expect(walk.unseen).toEqual([])
  })
}

test('the keyboard alone goes from Home to a sample and back', async ({ page, host }) => {
  await page.goto(host.url)
  await expect(page.getByRole('row', { name: /Puzzles, colder/ })).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('Puzzles, colder')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('navigation').getByRole('heading', { name: 'Puzzles, colder' })).toBeVisible()
  const samples = page.getByRole('link', { name: 'Samples' })
  await samples.focus()
  await page.keyboard.press('Enter')
  const rows = page.getByRole('listbox', { name: 'Rows' })
  await expect(page.getByText('Row 1 of 24')).toBeVisible()
  await rows.focus()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByText('Row 2 of 24')).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('Home')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible()
})
