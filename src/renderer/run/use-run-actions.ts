import { useAction, useMain } from '../use-main.ts'

export interface RunActions {
  busy: boolean
  problem: string | null
  pause(): void
  resume(): void
  cancel(): void
}

export function useRunActions(runId: number): RunActions {
  const client = useMain()
  const { busy, problem, run } = useAction()
  return {
    busy,
    problem,
    pause: () => run(() => client.call('stopRun', { runId })),
    resume: () => run(() => client.call('resumeRun', { runId })),
    cancel: () => run(() => client.call('cancelRun', { runId })),
  }
}
