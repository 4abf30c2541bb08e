import { Worker } from 'node:worker_threads'

/**
 * Ends this process within half a second of its parent's death, even while the main thread is inside a native call
 * that takes minutes and so cannot see the pipe close. Without it a killed and restarted program would find its old
 * engine still writing into the same folder. A thread of its own for that; text because it must need no file of its
 * own in the packaged program.
 */
const source = `
  const { workerData } = require('node:worker_threads')
  const isAlive = (pid) => {
    try {
      process.kill(pid, 0)
      return true
    } catch (error) {
      return error.code === 'EPERM'
    }
  }
  setInterval(() => {
    if (process.ppid !== workerData.parent || !isAlive(workerData.parent)) process.kill(process.pid, 'SIGKILL')
  }, 500)
`

export function watchParent(): void {
  const worker = new Worker(source, {
    eval: true,
    execArgv: [],
    workerData: { parent: process.ppid },
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  })
  worker.unref()
}
