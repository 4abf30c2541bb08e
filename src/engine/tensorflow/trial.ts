/**
 * A process of its own: what TensorFlow's native code does when it is loaded, a crash included, costs nothing else.
 * Arguments: the package's folder, then names of libraries. Writes one line of JSON.
 */
import { constants } from 'node:os'
import { loadPackage } from './load-package.ts'

export interface TrialReport {
  /** What loading or the first product said; null = it works. */
  problem: string | null
  onCard: boolean
  /** Libraries that the system's own loader does not find. */
  missing: string[]
}

const [packageDir = '', ...libraries] = process.argv.slice(2)
const report: TrialReport = { problem: null, onCard: false, missing: libraries.filter(isMissing) }
try {
  const { tf, onCard } = loadPackage(packageDir)
  report.onCard = onCard
  const product = tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0]
  if (product !== 11) throw new Error(`[1,2]·[3,4] is 11, it says ${product}`)
} catch (error) {
  report.problem = error instanceof Error ? error.message : String(error)
}
process.stdout.write(`\n${JSON.stringify(report)}\n`, () => process.exit(0))

/** Opened as an addon, a library that is there is refused for not being one; one that is not cannot be opened at all. */
function isMissing(file: string): boolean {
  try {
    process.dlopen({ exports: {} }, file, constants.dlopen.RTLD_LAZY)
    return false
  } catch (error) {
    return /cannot open shared object file|module could not be found|image not found/i.test(String(error))
  }
}
