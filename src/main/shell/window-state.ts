import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserWindow, Display, Rectangle } from 'electron'
import { z } from 'zod'
import { replaceFile } from '../replace-file.ts'

const WindowState = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int(),
  height: z.number().int(),
  maximised: z.boolean(),
})
export type WindowState = z.infer<typeof WindowState>

/** How the window opens; without x and y the system places it. */
export interface WindowPlace {
  x?: number
  y?: number
  width: number
  height: number
  maximised: boolean
}

export const smallestWindow = { width: 960, height: 640 }
const firstWindow: WindowPlace = { width: 1440, height: 900, maximised: false }
/** Enough of the title bar to take hold of. */
const graspable = { width: 200, height: 40 }
const settleMs = 500

/** The last place of the window, as far as today's displays have it; the first size in the middle otherwise. */
export function placeWindow(
  saved: WindowState | null,
  displays: readonly Pick<Display, 'workArea'>[],
): WindowPlace {
  const areas = displays.map(({ workArea }) => workArea)
  const area = saved && areas.find((candidate) => canGrasp(saved, candidate))
  if (!saved || !area) {
    const [main] = areas
    if (!main) return firstWindow
    return {
      width: clamp(firstWindow.width, smallestWindow.width, main.width),
      height: clamp(firstWindow.height, smallestWindow.height, main.height),
      maximised: saved?.maximised ?? false,
    }
  }
  return {
    x: saved.x,
    y: saved.y,
    width: clamp(saved.width, smallestWindow.width, area.width),
    height: clamp(saved.height, smallestWindow.height, area.height),
    maximised: saved.maximised,
  }
}

/** Whether enough of the upper edge lies on the area: a window whose title bar is elsewhere cannot be moved. */
function canGrasp(window: Rectangle, area: Rectangle): boolean {
  const seenWidth = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x)
  const topIsOn = window.y >= area.y && window.y + graspable.height <= area.y + area.height
  return seenWidth >= graspable.width && topIsOn
}

/** A display smaller than the smallest window still gets that window. */
const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(value, most))

export function readWindowState(dataDir: string): WindowState | null {
  try {
    const parsed = WindowState.safeParse(JSON.parse(readFileSync(pathIn(dataDir), 'utf8')))
    return parsed.success ? parsed.data : null
  } catch (error) {
    // Absent at the first start; a damaged one is worth no more than none.
    if (
      error instanceof SyntaxError ||
      (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    )
      return null
    throw error
  }
}

export const writeWindowState = (dataDir: string, state: WindowState): void =>
  replaceFile(pathIn(dataDir), `${JSON.stringify(state)}\n`)

const pathIn = (dataDir: string): string => join(dataDir, 'window.json')

/** Writes where the window is once it has come to rest, and when it closes. */
export function keepWindowState(window: BrowserWindow, dataDir: string): void {
  let timer: NodeJS.Timeout | null = null
  function save(): void {
    if (timer) clearTimeout(timer)
    timer = null
    if (window.isDestroyed() || window.isMinimized() || window.isFullScreen()) return
    const { x, y, width, height } = window.getNormalBounds()
    writeWindowState(dataDir, { x, y, width, height, maximised: window.isMaximized() })
  }
  function later(): void {
    if (timer) clearTimeout(timer)
    timer = setTimeout(save, settleMs)
  }
  window.on('resize', later)
  window.on('move', later)
  window.on('maximize', later)
  window.on('unmaximize', later)
  window.on('close', save)
  window.on('closed', () => {
    if (timer) clearTimeout(timer)
  })
}
