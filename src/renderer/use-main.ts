import { createContext, useContext, useEffect, useState } from 'react'
import type { AppContract } from '../contract/app.ts'
import type {
  CallInput,
  CallName,
  CallOutput,
  StreamEvent,
  StreamInput,
  StreamName,
} from '../ipc/contract.ts'
import type { MainClient } from './main-client.ts'

const Main = createContext<MainClient | null>(null)
export const MainProvider = Main.Provider

export function useMain(): MainClient {
  const client = useContext(Main)
  if (!client) throw new Error('useMain outside MainProvider')
  return client
}

export interface Loaded<T> {
  value: T | null
  problem: string | null
}

/**
 * The one way streams enter: every event goes to `fold` (a constant of its module), whose result is the value. The
 * stream ends with the component; a component that shows another input gets another key.
 */
export function useStream<N extends StreamName<AppContract>, T>(
  name: N,
  input: StreamInput<AppContract, N>,
  fold: (before: T | null, event: StreamEvent<AppContract, N>) => T,
): Loaded<T> {
  const client = useMain()
  const [loaded, setLoaded] = useState<Loaded<T>>({ value: null, problem: null })
  const key = JSON.stringify(input)
  useEffect(() => {
    const abort = new AbortController()
    let value: T | null = null
    async function read(): Promise<void> {
      try {
        for await (const event of client.stream(name, JSON.parse(key) as StreamInput<AppContract, N>, {
          signal: abort.signal,
          window: 2,
        })) {
          value = fold(value, event)
          setLoaded({ value, problem: null })
        }
      } catch (error) {
        if (!abort.signal.aborted) setLoaded({ value, problem: messageOf(error) })
      }
    }
    void read()
    return () => abort.abort()
  }, [client, name, key, fold])
  return loaded
}

/** Asks once, and again when `version` is another: what is known stays until then. */
export function useCall<N extends CallName<AppContract>>(
  name: N,
  input: CallInput<AppContract, N>,
  version: string | number = 0,
): Loaded<CallOutput<AppContract, N>> {
  const client = useMain()
  const [loaded, setLoaded] = useState<Loaded<CallOutput<AppContract, N>>>({ value: null, problem: null })
  const key = JSON.stringify(input)
  useEffect(() => {
    const abort = new AbortController()
    client.call(name, JSON.parse(key) as CallInput<AppContract, N>, { signal: abort.signal }).then(
      (value) => setLoaded({ value, problem: null }),
      (error: unknown) => {
        if (!abort.signal.aborted) setLoaded({ value: null, problem: messageOf(error) })
      },
    )
    return () => abort.abort()
  }, [client, name, key, version])
  return loaded
}

/** An action of a button: whether it is on its way, and why it failed. */
export function useAction(): {
  busy: boolean
  problem: string | null
  run(work: () => Promise<unknown>): void
} {
  const [running, setRunning] = useState(0)
  const [problem, setProblem] = useState<string | null>(null)
  return {
    busy: running > 0,
    problem,
    run(work) {
      setRunning((n) => n + 1)
      setProblem(null)
      work()
        .catch((error: unknown) => setProblem(messageOf(error)))
        .finally(() => setRunning((n) => n - 1))
    },
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
