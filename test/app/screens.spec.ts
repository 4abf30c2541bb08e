import type { Page, TestInfo } from '@playwright/test'
import { expect, test } from './app-host.ts'
import { openDatasetStep, openPage, watchErrors } from './app-pages.ts'
import { emptyScreens, fullScreens, showScreen } from './screens.ts'

/** The pictures lie below test-results, to be looked at; that nothing overflows or complains is checked. */

const sizes = [
  { width: 1440, height: 900 },
  { width: 960, height: 640 },
]
const schemes = ['light', 'dark'] as const

for (const scheme of schemes) {
  test.describe(`in ${scheme} colours`, () => {
    test.use({ colorScheme: scheme })

    test.describe('with projects', () => {
      test.use({ smallRuns: true })

      test('every screen is drawn without an error and fits its window', async ({ page, host }, info) => {
        test.setTimeout(150_000)
        const errors = watchErrors(page)
        await page.goto(host.url)
        for (const screen of fullScreens) {
          await showScreen(page, host, screen)
          await lookAt(page, info, screen.name)
        }
        expect(errors).toEqual([])
      })
    })

    test('every screen of an empty record is drawn without an error and fits its window', async ({
      page,
      host,
    }, info) => {
      test.setTimeout(90_000)
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
      expect(errors).toEqual([])
    })
  })
}

async function lookAt(page: Page, info: TestInfo, name: string): Promise<void> {
  for (const size of sizes) {
    await page.setViewportSize(size)
    await page.screenshot({ path: info.outputPath(`${name}-${size.width}.png`), animations: 'disabled' })
    expect.soft(await overflowing(page), `${name} at ${size.width} × ${size.height}`).toEqual([])
  }
  await page.setViewportSize(sizes[0]!)
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
