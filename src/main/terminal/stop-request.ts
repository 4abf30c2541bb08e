import { AppError } from '../../contract/errors.ts'

export interface StopRequest {
  readonly signal: AbortSignal
  /** 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP or when the launcher is gone. */
  exitCode(): number
  dispose(): void
}

export interface StopOptions {
  /** Called once at the first request. */
  onStop(): void
  /** Called at the second Ctrl-C, before the process ends at once. */
  onForce(): void
}

const signalNumbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

/**
 * Turns Ctrl-C, SIGTERM and SIGHUP into an abort that lets the work end cleanly; a second Ctrl-C ends the process at
 * once. A launcher that vanished (killed: it can pass nothing on) counts as SIGHUP, seen through the channel that
 * bin/spin-studio.mjs opens: otherwise a killed command would go on unseen.
 */
export function listenForStop({ onStop, onForce }: StopOptions): StopRequest {
  const controller = new AbortController()
  let code = 130

  function stop(name: keyof typeof signalNumbers): void {
    if (controller.signal.aborted) {
      if (name !== 'SIGINT') return
      onForce()
      process.exit(code)
    }
    code = 128 + signalNumbers[name]
    onStop()
    controller.abort(new AppError('CANCELLED', 'Stopped. Run the same command again to go on from here.'))
  }
  const handlers = Object.keys(signalNumbers).map((name) => {
    const handler = (): void => stop(name as keyof typeof signalNumbers)
    process.on(name, handler)
    return () => void process.off(name, handler)
  })

  const orphaned = (): void => stop('SIGHUP')
  process.on('disconnect', orphaned)

  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose() {
      for (const remove of handlers) remove()
      process.off('disconnect', orphaned)
    },
  }
}
