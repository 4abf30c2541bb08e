import AxeBuilder from '@axe-core/playwright'
import type { Page, TestInfo } from '@playwright/test'
import { expect, test } from './app-host.ts'
import { openDatasetStep, openPage, watchErrors } from './app-pages.ts'
import { emptyScreens, fullScreens, showScreen } from './screens.ts'

/** The pictures lie below test-results, to be looked at. */

const sizes = [
  { width: 1440, height: 900 },
  { width: 900, height: 640 },
]

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
  for (const step of ['dataset', 'plan', 'run', 'results', 'samples'] as const) {
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

/** In both colours. Of axe's rules only the contrast depends on them, and what sticks out does not. */
async function lookAt(page: Page, info: TestInfo, name: string, at = sizes): Promise<void> {
  for (const scheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', scheme)
    const axe = new AxeBuilder({ page })
    expect
      .soft(
        await graveViolations(scheme === 'dark' ? axe.withRules('color-contrast') : axe),
        `${name}, ${scheme}`,
      )
      .toEqual([])
    for (const size of scheme === 'dark' ? at.slice(0, 1) : at) {
      await page.setViewportSize(size)
      const path = info.outputPath(`${name}-${scheme}-${size.width}.png`)
      await page.screenshot({ path, animations: 'disabled' })
      expect.soft(await overflowing(page), `${name} at ${size.width} × ${size.height}`).toEqual([])
    }
    await page.setViewportSize(at[0]!)
  }
}

/** Serious and critical ones; each with the places where it was found. */
async function graveViolations(axe: AxeBuilder): Promise<string[]> {
  const { violations } = await axe.analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => {
      const places = nodes.map(({ target, any }) => `${target} (${any[0]?.message ?? ''})`)
      return `${id}: ${places.join(' · ')}`
    })
}

/** What sticks out of the window to the right, or out of a pane that only scrolls down. */
function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const named = (element: Element): string =>
      `${element.tagName.toLowerCase()}.${element.className} ${element.scrollWidth} > ${element.clientWidth}`
    const wide = [document.documentElement, document.body, ...document.querySelectorAll('main, .pane, nav')]
    return wide.filter((element) => element.scrollWidth > element.clientWidth + 1).map(named)
  })
}
