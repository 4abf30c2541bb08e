// Preloaded into what run-pinned.mjs starts: the pipe closes when the starter is gone, killed or not.
import { Socket } from 'node:net'

const fd = Number(process.env.SPIN_STUDIO_LIFELINE ?? NaN)
if (Number.isInteger(fd)) {
  delete process.env.SPIN_STUDIO_LIFELINE // not for this process's own children
  const lifeline = new Socket({ fd, readable: true, writable: false })
  lifeline.on('error', () => lifeline.destroy())
  lifeline.on('close', () => {
    console.error('The process that started this one is gone; ending. The same command continues from here.')
    process.exit(1)
  })
  lifeline.resume()
  lifeline.unref()
}
