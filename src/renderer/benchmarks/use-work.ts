import { useEffect, useRef, useState } from 'react'
import type { AppContract } from '../../contract/app.ts'
import type { StreamInput } from '../../ipc/contract.ts'
import { whole } from '../components/numbers.ts'
import { benchmarksStrings as words } from '../strings/benchmarks.ts'
import { messageOf, useMain } from '../use-main.ts'

type Name = 'checkContamination' | 'fetchBenchmarkData'

export interface Work<N extends Name> {
  running: boolean
  /** "Reading training rows, 1,200 of 4,000 rows". */
  progress: string | null
  problem: string | null
  start(input: StreamInput<AppContract, N>): void
  stop(): void
}

interface State {
  running: boolean
  progress: string | null
  problem: string | null
}
const idle: State = { running: false, progress: null, problem: null }

/** Work that a button starts and another stops; it ends with the page. `onDone` once it has ended by itself. */
export function useWork<N extends Name>(name: N, onDone?: () => void): Work<N> {
  const client = useMain()
  const [state, setState] = useState<State>(idle)
  const abort = useRef<AbortController | null>(null)
  useEffect(() => () => abort.current?.abort(), [])
  async function run(input: StreamInput<AppContract, N>): Promise<void> {
    const stop = new AbortController()
    abort.current?.abort()
    abort.current = stop
    setState({ ...idle, running: true })
    try {
      for await (const event of client.stream<Name>(name, input, { signal: stop.signal })) {
        if (event.kind !== 'progress') continue
        const { stage, done, total, unit } = event
        const progress = words.queue.progress(stage, whole(done), whole(total), unit)
        setState({ running: true, progress, problem: null })
      }
      setState(idle)
      onDone?.()
    } catch (error) {
      setState({ ...idle, problem: stop.signal.aborted ? null : messageOf(error) })
    }
  }
  return {
    ...state,
    start: (input) => void run(input),
    stop: () => abort.current?.abort(),
  }
}
