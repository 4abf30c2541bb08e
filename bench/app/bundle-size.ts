import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { appFigure, type AppFigure } from './app-figure.ts'

/** What the first screen loads, and what there is in all, gzipped. The host sends it plain: it is on this machine. */
export function measureBundle(pageDir: string): AppFigure[] {
  if (!existsSync(join(pageDir, 'index.html')))
    throw new Error(`Expected the built page in ${pageDir}, found none.`)
  const assets = join(pageDir, 'assets')
  const html = readFileSync(join(pageDir, 'index.html'), 'utf8')
  const names = readdirSync(assets)
  const first = new Set(names.filter((name) => html.includes(name)))
  // Home is loaded by the script at once, with what it imports.
  const entry = [...first].find((name) => /^index.*\.js$/.test(name)) ?? ''
  const home = names.filter((name) => /^home-page.*\.(js|css)$/.test(name))
  for (const name of home) {
    first.add(name)
    const text = readFileSync(join(assets, name), 'utf8')
    for (const other of names) if (other !== entry && text.includes(`./${other}`)) first.add(other)
  }
  const kilobytes = (chosen: readonly string[]): number =>
    chosen.reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0) / 1000
  const scripts = (chosen: readonly string[]) => chosen.filter((name) => name.endsWith('.js'))
  const styles = (chosen: readonly string[]) => chosen.filter((name) => name.endsWith('.css'))
  return [
    appFigure('scripts of the first screen', kilobytes(scripts([...first])), 'kB gzip'),
    appFigure('styles of the first screen', kilobytes(styles([...first])), 'kB gzip'),
    appFigure('scripts of all screens', kilobytes(scripts(names)), 'kB gzip', {
      note: `${scripts(names).length} files`,
    }),
  ]
}
