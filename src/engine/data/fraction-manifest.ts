import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { FractionDone } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { storedJson } from '../../contract/stored-json.ts'
import { fileError, writeFileAtomically } from './atomic-file.ts'

/** What `manifest.json` says of a sealed fraction. `file` is a name in the manifest's folder, so a project can move. */
export const FractionEntry = FractionDone.omit({ kind: true, path: true }).extend({
  file: z.string(),
  key: z.string(),
})
export type FractionEntry = z.infer<typeof FractionEntry>

const FractionManifest = z.object({ version: z.literal(1), fractions: z.array(FractionEntry) })

export type Split = FractionEntry['split']

export function fractionFileName(split: Split, index: number): string {
  return split === 'train' ? `loser_${index}.jsonl` : `loser_${index}_test.jsonl`
}

export function fractionManifestPath(dir: string): string {
  return join(dir, 'manifest.json')
}

/** Sealed fractions of a folder, train before test and by index; null where there is no manifest. */
export async function readFractionManifest(dir: string): Promise<FractionEntry[] | null> {
  const path = fractionManifestPath(dir)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw fileError(error, path, 'read')
  }
  const parsed = FractionManifest.safeParse(storedJson(text))
  if (!parsed.success) {
    throw new AppError(
      'FILE_UNREADABLE',
      `Expected the list of finished fractions in ${path}, found something else. ` +
        `Choose another output folder, or move the files of ${dir} away and generate again.`,
      { path },
    )
  }
  return parsed.data.fractions
}

export async function recordFraction(dir: string, entry: FractionEntry): Promise<void> {
  const others = ((await readFractionManifest(dir)) ?? []).filter(
    (f) => f.split !== entry.split || f.index !== entry.index,
  )
  const fractions = [...others, entry].sort((a, b) =>
    a.split === b.split ? a.index - b.index : a.split === 'train' ? -1 : 1,
  )
  await writeFileAtomically(
    fractionManifestPath(dir),
    // Parsed: entries of one order of keys, whether they were read or have just been made, so that the bytes are always the same.
    JSON.stringify(FractionManifest.parse({ version: 1, fractions }), null, 2) + '\n',
  )
}
