import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './app-host.ts'
import { openDatasetStep, openPage } from './app-pages.ts'
import { emptyScreens, fullScreens, showScreen } from './screens.ts'
import { walkByTab } from './tab-walk.ts'

for (const scheme of ['light', 'dark'] as const) {
  test.describe(`in ${scheme} colours`, () => {
    test.use({ colorScheme: scheme })

    test.describe('with projects', () => {
      test.use({ smallRuns: true })

      test('axe finds nothing serious on any screen', async ({ page, host }) => {
        test.setTimeout(150_000)
        await page.goto(host.url)
        for (const screen of fullScreens) {
          await showScreen(page, host, screen)
          await expectNothingSerious(page, screen.name)
        }
      })

      test('axe finds nothing serious on a run at work', async ({ page, host }) => {
        test.setTimeout(90_000)
        await page.goto(host.url)
        await openPage(page, `project/${host.projects?.planned}/plan`)
        await page.getByRole('button', { name: 'Start run' }).click({ timeout: 20_000 })
        await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible({ timeout: 30_000 })
        await expectNothingSerious(page, 'run at work')
      })
    })

    test('axe finds nothing serious where there is nothing yet', async ({ page, host }) => {
      test.setTimeout(90_000)
      await page.goto(host.url)
      for (const screen of emptyScreens) {
        await showScreen(page, host, screen)
        await expectNothingSerious(page, screen.name)
      }
      const project = await openDatasetStep(page, host)
      for (const step of ['dataset', 'plan', 'run', 'results', 'samples', 'chat'] as const) {
        await openPage(page, `project/${project}/${step}`)
        await expect(page.getByRole('main')).not.toHaveAttribute('aria-busy', 'true')
        await expectNothingSerious(page, `${step}, empty`)
      }
    })

    test('axe finds nothing serious in the command palette', async ({ page, host }) => {
      await page.goto(host.url)
      await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
      await page.keyboard.press('Control+k')
      await expect(page.getByRole('dialog')).toBeVisible()
      await expectNothingSerious(page, 'command palette')
    })
  })
}

test.describe('with the keyboard alone', () => {
  test.use({ smallRuns: true })

  for (const name of ['home', 'plan'] as const) {
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
})

/** Serious and critical ones; each with the places where it was found. */
async function expectNothingSerious(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const found = grave.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ target, any }) => `${target} (${any[0]?.message ?? ''})`).join(' · ')}`,
  )
  expect.soft(found, where).toEqual([])
}
