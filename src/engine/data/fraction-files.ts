import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { fileError } from './atomic-file.ts'
import { fractionFileName, readFractionManifest } from './fraction-manifest.ts'
import type { FractionEntry, Split } from './fraction-manifest.ts'
import { fileSha256 } from './row-identity.ts'

/** Fraction files in the order in which they are gathered. */
export interface FractionFiles {
  train: string[]
  test: string[]
}

/**
 * The fractions of a folder: those that its manifest lists, unchanged since they were sealed, or, without a manifest,
 * plain `loser_N.jsonl` as the official generators write them. Every number from 0 on must be there.
 * Errors: FRACTION_MISSING, FRACTION_MISMATCH, FILE_NOT_FOUND.
 */
export async function listFractionFiles(dir: string, numFracs: number | null): Promise<FractionFiles> {
  const names = await readdir(dir).catch((error: unknown) => {
    throw fileError(error, dir, 'read')
  })
  const unfinished = names.filter((name) => /^loser_\d+(_test)?\.jsonl\.journal$/.test(name)).sort()
  if (unfinished.length > 0) {
    throw new AppError(
      'FRACTION_MISSING',
      `Expected finished fractions in ${dir}; begun but not finished: ${unfinished.join(', ')}. Run generate again: it continues.`,
      { dir, unfinished },
    )
  }
  const manifest = await readFractionManifest(dir)
  const entries = (split: Split) => manifest?.filter((f) => f.split === split) ?? null
  const train = complete(dir, 'train', indexes(entries('train'), names, 'train'), numFracs)
  const test = complete(dir, 'test', indexes(entries('test'), names, 'test'), null)
  if (manifest !== null) await assertUnchanged(dir, manifest)
  return {
    train: train.map((i) => join(dir, fractionFileName('train', i))),
    test: test.map((i) => join(dir, fractionFileName('test', i))),
  }
}

function indexes(entries: FractionEntry[] | null, names: readonly string[], split: Split): number[] {
  if (entries !== null) return entries.map((f) => f.index)
  const pattern = split === 'train' ? /^loser_(\d+)\.jsonl$/ : /^loser_(\d+)_test\.jsonl$/
  return names.flatMap((name) => pattern.exec(name)?.[1] ?? []).map(Number)
}

function complete(dir: string, split: Split, found: readonly number[], numFracs: number | null): number[] {
  const present = new Set(found)
  const highest = found.length === 0 ? 0 : Math.max(...found) + 1
  const count = numFracs ?? (split === 'train' ? Math.max(highest, 1) : highest)
  const missing = Array.from({ length: count }, (_, i) => i).filter((i) => !present.has(i))
  if (missing.length > 0) {
    const files = missing.map((i) => fractionFileName(split, i))
    throw new AppError(
      'FRACTION_MISSING',
      `Expected ${count} ${split} fraction(s) in ${dir}; missing: ${files.slice(0, 20).join(', ')}` +
        `${files.length > 20 ? ` and ${files.length - 20} more` : ''}. Generate these fractions, or correct the number.`,
      { dir, missing },
    )
  }
  if (highest > count) {
    throw new AppError(
      'FRACTION_MISMATCH',
      `Expected ${count} ${split} fractions in ${dir}, found ${highest}. Give the number that is there, or none.`,
      { dir, expected: count, found: highest },
    )
  }
  return Array.from({ length: count }, (_, i) => i)
}

async function assertUnchanged(dir: string, manifest: readonly FractionEntry[]): Promise<void> {
  for (const split of ['train', 'test'] as const) {
    const keys = new Set(manifest.filter((f) => f.split === split).map((f) => f.key))
    if (keys.size > 1) {
      throw new AppError(
        'FRACTION_MISMATCH',
        `Expected the ${split} fractions of ${dir} to come from one model, dataset and settings, found ${keys.size} different ones. Generate again into an empty folder.`,
        { dir },
      )
    }
  }
  for (const entry of manifest) {
    const path = join(dir, entry.file)
    const info = await stat(path).catch(() => null)
    if (info === null) {
      throw new AppError(
        'FRACTION_MISSING',
        `Expected the finished fraction ${path}, found none. Run generate again: it makes it anew.`,
        { dir, missing: [entry.index] },
      )
    }
    if ((await fileSha256(path)) !== entry.sha256) {
      throw new AppError(
        'FRACTION_MISMATCH',
        `Expected ${path} as it was finished, found another content. Move it away and run generate again.`,
        { path },
      )
    }
  }
}
