import { useEffect, useState } from 'react'
import type { BenchmarkSettings } from '../../contract/benchmarks.ts'
import type { BenchmarkCostResult } from '../../contract/engine/benchmark.ts'
import { messageOf, useMain } from '../use-main.ts'

export interface ShownCost {
  /** The last that was measured; null = none yet. */
  cost: BenchmarkCostResult | null
  /** Whether it is of what is chosen now. */
  fresh: boolean
  problem: string | null
}

/** Somebody who is still ticking is not measured for. */
const restMs = 500

interface Held {
  question: string
  cost: BenchmarkCostResult | null
  problem: string | null
}

/** What one model takes with these settings; while another choice is measured, the last one stays. */
export function useCost(
  runId: number,
  iteration: number | null,
  settings: BenchmarkSettings | null,
): ShownCost {
  const client = useMain()
  const [held, setHeld] = useState<Held>({ question: '', cost: null, problem: null })
  const question =
    iteration === null || settings === null ? null : JSON.stringify({ model: { runId, iteration }, settings })
  useEffect(() => {
    if (question === null) return undefined
    const abort = new AbortController()
    async function measure(input: string): Promise<void> {
      try {
        for await (const event of client.stream('benchmarkCost', JSON.parse(input), { signal: abort.signal }))
          if (event.kind === 'done') setHeld({ question: input, cost: event, problem: null })
      } catch (error) {
        if (!abort.signal.aborted)
          setHeld(({ cost }) => ({ question: input, cost, problem: messageOf(error) }))
      }
    }
    const timer = setTimeout(() => void measure(question), restMs)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [client, question])
  const isOfThis = held.question === question
  return {
    cost: held.cost,
    fresh: isOfThis && held.problem === null,
    problem: isOfThis ? held.problem : null,
  }
}
