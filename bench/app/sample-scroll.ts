import { join } from 'node:path'
import { renameSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Browser } from '@playwright/test'
import { appFigure, median, quantile, type AppFigure } from './app-figure.ts'

/** The pairs of a finished run's first iteration, again and again until there are so many; every row has its own id. */
export async function multiplyPairs(projectDir: string, rows: number): Promise<void> {
  const path = join(projectDir, 'iter-0', 'pairs', 'train_prefs-00000-of-00001.parquet')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (
    SELECT pairs.* REPLACE (pairs.id || '-' || n AS id) FROM read_parquet('${path}') AS pairs, range(${rows}) AS copies(n)
    LIMIT ${rows}) TO '${path}.tmp' (FORMAT parquet)`)
  connection.closeSync()
  instance.closeSync()
  renameSync(`${path}.tmp`, path)
}

const seconds = 5
const pixelsPerFrame = 240

/** Frames while the list is scrolled through, faster than anybody reads. */
export async function measureScroll(
  browser: Browser,
  { url, projectId, rows }: { url: string; projectId: string; rows: number },
): Promise<AppFigure[]> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(url)
  await page.getByRole('heading', { name: 'Home' }).waitFor()
  await page.evaluate(`window.location.hash = '#/project/${projectId}/samples'`)
  await page.getByText('Training', { exact: true }).click()
  const startedAt = Date.now()
  await page.getByText(`Row 1 of ${rows.toLocaleString('en-US')}`).waitFor({ timeout: 120_000 })
  const listedMs = Date.now() - startedAt
  // The tokens of the first row are scored meanwhile, by the engine; they are no part of scrolling.
  await page.getByRole('group', { name: 'Human answer, token by token' }).waitFor({ timeout: 60_000 })
  const frames = await page.evaluate(
    ({ seconds: long, pixelsPerFrame: step }) => {
      const list = document.querySelector('[role="listbox"]')!
      const scroller = [list, ...list.querySelectorAll('*'), list.parentElement!].find(
        (element) => element.scrollHeight > element.clientHeight + 1000,
      )!
      return new Promise<number[]>((resolve) => {
        const deltas: number[] = []
        let before = performance.now()
        const end = before + long * 1000
        const next = (now: number): void => {
          deltas.push(now - before)
          before = now
          scroller.scrollTop += step
          if (now < end) requestAnimationFrame(next)
          else resolve(deltas.slice(2))
        }
        requestAnimationFrame(next)
      })
    },
    { seconds, pixelsPerFrame },
  )
  const shown = await page.getByRole('option').count()
  await page.close()
  const name = `${rows.toLocaleString('en-US')} samples`
  return [
    appFigure(
      `${name}: frames a second while scrolling`,
      1000 / (frames.reduce((a, b) => a + b, 0) / frames.length),
      'fps',
      {
        least: 55,
        note: `median frame ${median(frames).toFixed(1)} ms, 95% under ${quantile(frames, 0.95).toFixed(1)} ms, longest ${Math.max(...frames).toFixed(0)} ms; ${shown} rows in the page`,
      },
    ),
    appFigure(`${name}: listed after`, listedMs, 'ms'),
  ]
}
