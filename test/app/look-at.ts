import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, type TestInfo } from '@playwright/test'

/** The pictures lie below test-results, to be looked at. */

export const sizes = [
  { width: 1440, height: 900 },
  { width: 900, height: 640 },
]

/** In both colours. Of axe's rules only the contrast depends on them, and what sticks out does not. */
export async function lookAt(page: Page, info: TestInfo, name: string, at = sizes): Promise<void> {
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
