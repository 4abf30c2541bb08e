import type { Page } from '@playwright/test'

export interface TabWalk {
  reached: string[]
  /** Interactive elements that Tab did not come to. */
  missed: string[]
  /** Reached ones that look the same with the focus as without it. */
  unseen: string[]
}

interface Walked extends Window {
  walk?: { elements: Element[]; looks: string[]; reached: Set<number>; unseen: Set<number> }
}

const mostStops = 400

/** Presses Tab through the whole page, once. Of radio buttons of one name the chosen one stands for all. */
export async function walkByTab(page: Page): Promise<TabWalk> {
  await page.evaluate(() => {
    const focusable = 'a[href], button, input, select, textarea, summary, [tabindex]'
    const isUsable = (element: Element): boolean =>
      element instanceof HTMLElement &&
      element.tabIndex >= 0 &&
      !element.matches(':disabled, [type="hidden"]') &&
      element.closest('[inert], [hidden]') === null &&
      element.checkVisibility({ visibilityProperty: true }) &&
      !(element instanceof HTMLInputElement && element.type === 'radio' && !element.checked)
    const elements = [...document.querySelectorAll(focusable)].filter(isUsable)
    ;(document.activeElement as HTMLElement | null)?.blur()
    const look = (element: Element): string =>
      [element, element.parentElement, element.nextElementSibling, element.previousElementSibling]
        .filter((each) => each !== null)
        .map((each) => {
          const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } =
            getComputedStyle(each)
          return [outlineStyle === 'none' ? '' : outlineWidth, boxShadow, borderColor, backgroundColor].join()
        })
        .join(' | ')
    const walk = {
      elements,
      looks: elements.map(look),
      reached: new Set<number>(),
      unseen: new Set<number>(),
    }
    ;(window as Walked).walk = walk
    document.addEventListener('focusin', ({ target }) => {
      const at = elements.indexOf(target as Element)
      if (at < 0) return
      walk.reached.add(at)
      if (look(elements[at]!) === walk.looks[at]) walk.unseen.add(at)
    })
  })
  let stops = 0
  const count = (): Promise<{ reached: number; isOut: boolean }> =>
    page.evaluate(() => ({
      reached: (window as Walked).walk!.reached.size,
      isOut: document.activeElement === document.body,
    }))
  for (; stops < mostStops; stops++) {
    await page.keyboard.press('Tab')
    const { reached, isOut } = await count()
    if (isOut && reached > 0) break
  }
  return page.evaluate(() => {
    const { elements, reached, unseen } = (window as Walked).walk!
    const nameOf = (at: number): string => {
      const element = elements[at]!
      const text = element.getAttribute('aria-label') ?? element.textContent?.trim() ?? ''
      return `${element.tagName.toLowerCase()}#${element.id} ${text.slice(0, 60)}`
    }
    return {
      reached: [...reached].map(nameOf),
      missed: elements
        .map((_, at) => at)
        .filter((at) => elements[at]!.isConnected && !reached.has(at))
        .map(nameOf),
      unseen: [...unseen].map(nameOf),
    }
  })
}
