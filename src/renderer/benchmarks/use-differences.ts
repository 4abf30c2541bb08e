import { useEffect, useState } from 'react'
import type { BenchmarkEvaluation } from '../../contract/app/benchmarks.ts'
import { messageOf, useMain } from '../use-main.ts'
import { comparedRows, pairKey, pairsOf, type Differences } from './differences.ts'
import type { ScoreTable } from './score-table.ts'

export interface LoadedDifferences {
  differences: Differences
  waiting: boolean
  problem: string | null
}

interface Held {
  differences: Differences
  /** By pair: how many scores both had when they were compared. */
  versions: ReadonlyMap<string, number>
  problem: string | null
}

const nothing: Held = { differences: new Map(), versions: new Map(), problem: null }

/** Compares, one pair after the other, what the table's words and changes need; again when an evaluation has come further. */
export function useDifferences(
  table: ScoreTable,
  evaluations: readonly BenchmarkEvaluation[],
): LoadedDifferences {
  const client = useMain()
  const [held, setHeld] = useState<Held>(nothing)
  const scoresOf = (id: number): number => evaluations.find((one) => one.id === id)?.scores.length ?? 0
  const wanted = new Map(
    comparedRows(table)
      .flatMap(({ a, b }) => pairsOf(b, a))
      .map((pair) => [pairKey(pair), { ...pair, version: scoresOf(pair.a) + scoresOf(pair.b) }]),
  )
  const missing = [...wanted].filter(([key, { version }]) => held.versions.get(key) !== version)
  // One at a time: the next is asked for when this one has an answer.
  const question = missing[0] ? JSON.stringify(missing[0][1]) : null
  useEffect(() => {
    if (question === null) return undefined
    const abort = new AbortController()
    const { a, b, version } = JSON.parse(question) as { a: number; b: number; version: number }
    client.call('compareBenchmarks', { a, b }, { signal: abort.signal }).then(
      ({ differences }) => {
        const key = pairKey({ a, b })
        const byTask = new Map(differences.map(({ task, difference }) => [task, difference]))
        setHeld((before) => ({
          differences: new Map([...before.differences, [key, byTask]]),
          versions: new Map([...before.versions, [key, version]]),
          problem: null,
        }))
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setHeld((before) => ({ ...before, problem: messageOf(error) }))
      },
    )
    return () => abort.abort()
  }, [client, question])
  return {
    differences: held.differences,
    waiting: missing.length > 0 && held.problem === null,
    problem: held.problem,
  }
}
