import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../contract/errors.ts'
import { listDifferences } from '../loop/open-run.ts'
import { replaceFile } from '../replace-file.ts'

/** demo.json: what this folder's demo is, and what it has cost so far over all attempts. */
export const DemoRecord = z.object({
  format: z.literal(1),
  settings: z.record(z.string(), z.unknown()),
  /** Working time; the time between attempts does not count. */
  seconds: z.number(),
  /** The highest seen, main process and engine process apart. */
  peakMainBytes: z.number(),
  peakEngineBytes: z.number(),
  /** When its report was first complete; null = not yet. */
  finishedAt: z.string().nullable(),
})
export type DemoRecord = z.infer<typeof DemoRecord>

export interface OpenDemo {
  record: DemoRecord
  save(): void
  /** Whether an earlier attempt has begun here. */
  continued: boolean
}

/**
 * The demo of a folder: new, or the one that was begun there. Expects to be the only process at it.
 * @throws AppError FILE_EXISTS when the folder holds something else, or a demo with other settings
 */
export function openDemo(dir: string, settings: Record<string, unknown>): OpenDemo {
  mkdirSync(dir, { recursive: true })
  const path = join(dir, 'demo.json')
  const continued = existsSync(path)
  const record = continued ? readRecord(path) : newRecord(dir, settings)
  const wanted = JSON.parse(JSON.stringify(settings)) as Record<string, unknown>
  const differences = listDifferences(record.settings, wanted)
  if (differences.length > 0) {
    throw new AppError(
      'FILE_EXISTS',
      `${dir} holds a demo with other settings (there → asked for): ${differences.slice(0, 6).join('; ')}. ` +
        'Choose another folder with --out, or delete this one.',
      { path: dir, differences },
    )
  }
  const open = { record, continued, save: () => replaceFile(path, `${JSON.stringify(record, null, 2)}\n`) }
  open.save()
  return open
}

function readRecord(path: string): DemoRecord {
  try {
    return DemoRecord.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw new AppError(
      'FILE_UNREADABLE',
      `${path} is not the record of a demo. Choose another folder with --out, or delete this one.`,
      { path },
      { cause: error },
    )
  }
}

function newRecord(dir: string, settings: Record<string, unknown>): DemoRecord {
  const foreign = readdirSync(dir).filter((name) => !name.startsWith('.') && !name.startsWith('demo.lock'))
  if (foreign.length > 0) {
    throw new AppError(
      'FILE_EXISTS',
      `${dir} is not empty (${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ', …' : ''}) and holds no demo. Choose an empty or new folder with --out.`,
      { path: dir },
    )
  }
  return { format: 1, settings, seconds: 0, peakMainBytes: 0, peakEngineBytes: 0, finishedAt: null }
}
