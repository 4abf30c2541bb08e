import type { Page } from '@playwright/test'

export interface TabWalk {
  reached: string[]
  /** Interactive elements that Tab did not come to. */
  missed: string[]
  /** Reached ones that look the same with the focus as without it. */
  unseen: string[]
}

interface Walked extends Window {
  walk?: {
    elements: Element[]
    looks: string[]
    look(element: Element): string
    reached: Set<number>
    unseen: Set<number>
  }
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
    ;(window as Walked).walk = {
      elements,
      looks: elements.map(look),
      look,
      reached: new Set<number>(),
      unseen: new Set<number>(),
    }
  })
  for (let stops = 0, isOut = false; stops < mostStops && !isOut; stops++) {
    await page.keyboard.press('Tab')
    isOut = await page.evaluate(async () => {
      const { elements, looks, look, reached, unseen } = (window as Walked).walk!
      const { activeElement } = document
      const at = elements.indexOf(activeElement!)
      if (at >= 0) {
        // Some looks fade in.
        for (let frame = 0; frame < 20 && look(elements[at]!) === looks[at]; frame++)
          await new Promise(requestAnimationFrame)
        reached.add(at)
        if (look(elements[at]!) === looks[at]) unseen.add(at)
      }
      return activeElement === document.body && reached.size > 0
    })
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
