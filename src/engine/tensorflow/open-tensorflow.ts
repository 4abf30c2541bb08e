import { AppError } from '../../contract/errors.ts'
import { tensorFlowWords } from '../../strings/tensorflow.ts'
import type { TensorFlow } from './library.ts'
import { loadPackage } from './load-package.ts'
import { checkTensorFlow } from './status.ts'

/** TensorFlow, loaded into this process after a trial in another. Throws BACKEND_UNUSABLE with what to do. */
export async function openTensorFlow(): Promise<TensorFlow> {
  const { status, dir } = await checkTensorFlow()
  if (dir !== null) return loadPackage(dir).tf
  throw new AppError('BACKEND_UNUSABLE', tensorFlowWords.unusable(`${status.why} ${status.whatToDo}`))
}
