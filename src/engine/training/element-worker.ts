/** The worker thread of element-pool.ts: waits for its turn, works, says so. Imports nothing but the kernels. */
import { receiveMessageOnPort, workerData } from 'node:worker_threads'
import { type ElementWork, ranges, type Range, runRanges, slots, type WorkerStart } from './element-work.ts'

const { port, control, scalars } = workerData as WorkerStart
const works = new Map<number, { work: ElementWork; inOrder: Range[] }>()

port.postMessage('ready')
// The pool counts turns from 0, so none is missed however late this thread starts.
for (let turn = 0; ; turn++) {
  Atomics.wait(control, slots.turn, turn)
  try {
    for (let got = receiveMessageOnPort(port); got; got = receiveMessageOnPort(port)) {
      const work = got.message as ElementWork
      works.set(work.id, { work, inOrder: ranges(work.tensors) })
    }
    const { work, inOrder } = works.get(control[slots.work]!)!
    runRanges(work, inOrder, control, scalars)
  } catch (error) {
    console.error(error)
    Atomics.store(control, slots.failed, 1)
  }
  Atomics.add(control, slots.done, 1)
  Atomics.notify(control, slots.done)
}
