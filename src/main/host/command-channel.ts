import type { Command } from '../../contract/app/host.ts'

export interface CommandChannel {
  send(command: Command): void
  listen(signal: AbortSignal): AsyncGenerator<Command>
}

const longestWait = 16

/** Menu, notifications and second starts → pages. What is sent while no page listens waits for the first that does. */
export function createCommandChannel(): CommandChannel {
  const listeners = new Set<{ queue: Command[]; wake: () => void }>()
  let waiting: Command[] = []
  return {
    send(command) {
      if (listeners.size === 0) waiting = [...waiting, command].slice(-longestWait)
      for (const listener of listeners) {
        listener.queue.push(command)
        listener.wake()
      }
    },
    async *listen(signal) {
      const listener = { queue: waiting, wake: () => undefined as void }
      waiting = []
      listeners.add(listener)
      try {
        while (!signal.aborted) {
          const command = listener.queue.shift()
          if (command) {
            yield command
            continue
          }
          await new Promise<void>((resolve) => {
            const wake = (): void => {
              signal.removeEventListener('abort', wake)
              resolve()
            }
            listener.wake = wake
            signal.addEventListener('abort', wake, { once: true })
          })
        }
      } finally {
        listeners.delete(listener)
      }
    },
  }
}
