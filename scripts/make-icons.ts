/**
 * npm run make-icons: draws the program's icon with Chromium and writes it in every size and container that installers
 * want, into resources/icons. Run by hand after the drawing changed; its files are committed.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import { findChromium } from './find-chromium.mjs'
import { icnsFile, icoFile } from './packaging/icon-files.ts'
import { drawIcon } from './packaging/icon-drawing.ts'

const outDir = fileURLToPath(new URL('../resources/icons/', import.meta.url))
const pngSizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024]
const icoSizes = [16, 24, 32, 48, 64, 128, 256]
const icnsSizes = [16, 32, 64, 128, 256, 512, 1024]

const executablePath = findChromium()
if (!executablePath)
  throw new Error(
    'Expected Chromium to draw the icons with, found none: install it or set CHROMIUM to its path.',
  )
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const page = await browser.newPage()

async function png(size: number, shape: 'plate' | 'mac'): Promise<Buffer> {
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(`<body style="margin:0">${drawIcon(size, shape)}</body>`)
  return page.screenshot({ omitBackground: true })
}

rmSync(outDir, { recursive: true, force: true })
mkdirSync(join(outDir, 'png'), { recursive: true })
const write = (name: string, bytes: Uint8Array | string): void => writeFileSync(join(outDir, name), bytes)

write('icon.svg', `${drawIcon(1024, 'plate')}\n`)
const drawn = new Map<number, Buffer>()
for (const size of pngSizes) drawn.set(size, await png(size, 'plate'))
for (const [size, bytes] of drawn) write(join('png', `${size}x${size}.png`), bytes)
write('icon.ico', icoFile(icoSizes.map((size) => ({ size, png: drawn.get(size)! }))))
const mac = []
for (const size of icnsSizes) mac.push({ size, png: await png(size, 'mac') })
write('icon.icns', icnsFile(mac))
await browser.close()
console.log(`${pngSizes.length} PNG files, icon.ico and icon.icns are in ${outDir}`)
