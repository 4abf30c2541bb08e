import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { electronVersion } from '../find-electron.mjs'

/** @electron/fuses looks for these bytes; a version, a length and one character a fuse follow. All fuses as shipped. */
const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const shippedFuses = '10110001'

const script = `#!/bin/sh
echo "This is a stand-in for Electron's binary, made where that could not be had: it opens no window." >&2
exit 70
`

/**
 * A folder with the shape of Electron's Linux distribution and no Electron in it, from which the whole tree can be
 * packaged and looked at: the program in it refuses to start, but has a fuse wire that can be set and read back.
 */
export function makeStandInElectron(dir: string): string {
  mkdirSync(join(dir, 'resources'), { recursive: true })
  mkdirSync(join(dir, 'locales'), { recursive: true })
  const wire = Buffer.from([1, shippedFuses.length])
  const binary = join(dir, 'electron')
  writeFileSync(
    binary,
    Buffer.concat([Buffer.from(script), Buffer.from(fuseSentinel), wire, Buffer.from(`${shippedFuses}\n`)]),
  )
  chmodSync(binary, 0o755)
  writeFileSync(join(dir, 'chrome-sandbox'), script)
  chmodSync(join(dir, 'chrome-sandbox'), 0o755)
  writeFileSync(join(dir, 'version'), electronVersion())
  writeFileSync(join(dir, 'LICENSE'), 'A stand-in: nothing of Electron is here.\n')
  writeFileSync(join(dir, 'LICENSES.chromium.html'), '<p>A stand-in: nothing of Chromium is here.</p>\n')
  return dir
}
