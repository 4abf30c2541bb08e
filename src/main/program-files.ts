import { posix, win32 } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the program's own files lie: in a checkout (sources or bundle), or in an installed program. */
export interface ProgramFiles {
  /** Whether this runs from an installed program (`resources/app.asar`). */
  isPackaged: boolean
  /** Folder of package.json; inside app.asar, which Electron's file functions read and plain Node's do not. */
  rootDir: string
  /** What plain Node starts as the engine: never inside app.asar. */
  engineEntry: string
  /** The Node that the installer brings; null in a checkout, where npm installs one. */
  engineNode: string | null
  /** The built page. */
  pageDir: string
  /** Starter model and rows; the engine reads them, so they lie beside app.asar. */
  starterDir: string
  /** Our own two-turn questions. */
  judgeQuestionsPath: string
  /** What other people's work is in the program: see licences.ts. */
  licencesPath: string
  /** Names the address that is asked for newer versions; packages are made without it by default. Null in a checkout. */
  updateFeedPath: string | null
}

/**
 * From the address of any file of main: `src/main/…` of a checkout, `out/main/…` or a chunk below it, the same inside
 * `resources/app.asar`. Electron's process.resourcesPath is not asked: in a checkout it names Electron's own folder.
 */
export function locateProgramFiles(moduleUrl: string, platform: string = process.platform): ProgramFiles {
  const windows = platform === 'win32'
  const { dirname, join } = windows ? win32 : posix
  const path = fileURLToPath(moduleUrl, { windows })
  const [, rootDir = dirname(path), room = ''] = /^(.*)[\\/](src|out)[\\/]main[\\/]/.exec(path) ?? []
  const archive = /^(.*)[\\/]app\.asar(?:\.unpacked)?$/.exec(rootDir)
  const engineBundle = (root: string): string => join(root, 'out', 'engine', 'index.js')
  const pageDir = join(rootDir, 'out', 'renderer')
  const licencesPath = join(rootDir, 'out', 'licences.json')
  if (!archive) {
    return {
      isPackaged: false,
      rootDir,
      engineEntry: room === 'src' ? join(rootDir, 'src', 'engine', 'index.ts') : engineBundle(rootDir),
      engineNode: null,
      pageDir,
      starterDir: join(rootDir, 'resources', 'starter'),
      judgeQuestionsPath: join(rootDir, 'resources', 'judging', 'questions.jsonl'),
      licencesPath,
      updateFeedPath: null,
    }
  }
  const resources = archive[1]!
  return {
    isPackaged: true,
    rootDir,
    engineEntry: engineBundle(join(resources, 'app.asar.unpacked')),
    engineNode: join(resources, 'engine', windows ? 'node.exe' : 'node'),
    pageDir,
    starterDir: join(resources, 'starter'),
    judgeQuestionsPath: join(resources, 'judging', 'questions.jsonl'),
    licencesPath,
    updateFeedPath: join(resources, 'app-update.yml'),
  }
}

/** Of this program. */
export const programFiles = locateProgramFiles(import.meta.url)
