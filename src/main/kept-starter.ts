import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { programFiles } from './program-files.ts'

/**
 * Where projects find the starter. An installed program may lie elsewhere at its next start (an AppImage is mounted anew each
 * time, an update replaces files), so its starter is copied once into the data folder, under a name of its content.
 * A checkout's is used where it lies.
 */
export function keptStarter(
  dataDir: string,
  { starterDir, isPackaged }: { starterDir: string; isPackaged: boolean } = programFiles,
): string {
  const weights = join(starterDir, 'model', 'model.safetensors')
  // Without it the starter's own card says what is missing.
  if (!isPackaged || !existsSync(weights)) return starterDir
  const name = createHash('sha256').update(readFileSync(weights)).digest('hex').slice(0, 12)
  const kept = join(dataDir, `starter-${name}`)
  if (existsSync(kept)) return kept
  const making = mkdtempSync(join(dataDir, 'starter-making-'))
  try {
    cpSync(starterDir, join(making, 'starter'), { recursive: true })
    renameSync(join(making, 'starter'), kept)
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  return kept
}
