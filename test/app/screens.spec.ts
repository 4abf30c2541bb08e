import { expect, test } from './app-host.ts'
import { openDatasetStep, openPage, watchErrors } from './app-pages.ts'
import { lookAt, sizes } from './look-at.ts'
import { emptyScreens, fullScreens, showScreen } from './screens.ts'

test.describe('with projects', () => {
  test.use({ smallRuns: true })

  test('every screen is drawn without an error, fits its window, and axe finds nothing serious', async ({
    page,
    host,
  }, info) => {
    test.setTimeout(180_000)
    const errors = watchErrors(page)
    await page.goto(host.url)
    for (const screen of fullScreens) {
      await showScreen(page, host, screen)
      await lookAt(page, info, screen.name)
    }
    expect(errors).toEqual([])
  })

  test('so is a run at work', async ({ page, host }, info) => {
    test.setTimeout(90_000)
    const errors = watchErrors(page)
    await page.goto(host.url)
    await openPage(page, `project/${host.projects?.planned}/plan`)
    await page.getByRole('button', { name: 'Start run' }).click({ timeout: 20_000 })
    await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible({ timeout: 30_000 })
    await lookAt(page, info, 'run-at-work')
    expect(errors).toEqual([])
  })
})

test('every screen of an empty record is drawn without an error, fits, and axe finds nothing serious', async ({
  page,
  host,
}, info) => {
  test.setTimeout(120_000)
  const errors = watchErrors(page)
  await page.goto(host.url)
  for (const screen of emptyScreens) {
    await showScreen(page, host, screen)
    await lookAt(page, info, screen.name)
  }
  const project = await openDatasetStep(page, host)
  for (const step of ['dataset', 'plan', 'run', 'results', 'benchmarks', 'samples'] as const) {
    await openPage(page, `project/${project}/${step}`)
    await expect(page.getByRole('main')).not.toHaveAttribute('aria-busy', 'true')
    await lookAt(page, info, `${step}-empty`)
  }
  await page.setViewportSize(sizes[1]!)
  await page.getByRole('button', { name: 'Pages' }).click()
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible()
  await lookAt(page, info, 'drawer', [sizes[1]!])
  await page.keyboard.press('Escape')
  await page.setViewportSize(sizes[0]!)
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog')).toBeVisible()
  await lookAt(page, info, 'command-palette')
  expect(errors).toEqual([])
})
