import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Licence, type About } from '../../contract/app/preferences.ts'

/** What the program says of itself. `versions`: of all its parts, the engine's among them where it has started. */
export function describeProgram(
  { rootDir, licencesPath }: { rootDir: string; licencesPath: string },
  versions: Readonly<Record<string, string>>,
): About {
  return {
    version: versions['spin-studio'] ?? '',
    versions: { ...versions },
    licence: 'Apache-2.0',
    licenceText: readIfThere(join(rootDir, 'LICENSE')) ?? '',
    thirdParty: readLicences(licencesPath),
  }
}

/** The list that the build made; null where there was no build. */
function readLicences(path: string): Licence[] | null {
  const text = readIfThere(path)
  return text === null ? null : z.array(Licence).parse(JSON.parse(text))
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
