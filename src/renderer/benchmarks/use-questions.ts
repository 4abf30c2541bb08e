import { useEffect, useState } from 'react'
import type { QuestionPair } from '../../contract/app/benchmarks.ts'
import type { Show } from './question-choice.ts'
import { messageOf, useMain } from '../use-main.ts'

/** Which questions. */
export interface QuestionQuery {
  id: number
  otherId: number | null
  task: string
  show: Show
  search: string
}

export interface LoadedQuestions {
  /** null while the first page is on its way. */
  total: number | null
  problem: string | null
  /** undefined = on its way. */
  at(position: number): QuestionPair | undefined
}

const pageLength = 100
const pagesHeld = 200
/** A list that is flung past asks for nothing on the way. */
const settleMs = 40

interface Held {
  key: string
  total: number | null
  pages: ReadonlyMap<number, readonly QuestionPair[]>
  problem: string | null
}
const empty = (key: string): Held => ({ key, total: null, pages: new Map(), problem: null })

/** The questions at the wanted positions, a page at a time; what is not here yet is on its way. `query` null = nothing. */
export function useQuestions(query: QuestionQuery | null, wanted: readonly number[]): LoadedQuestions {
  const client = useMain()
  const key = query === null ? '' : JSON.stringify(query)
  const [state, setState] = useState<Held>(() => empty(key))
  const held = state.key === key ? state : empty(key)
  const needed = new Set(wanted.length === 0 ? [0] : wanted.map((at) => Math.floor(at / pageLength)))
  const missing = [...needed].find((page) => !held.pages.has(page) && inRange(page, held.total))
  const question =
    query === null || missing === undefined || held.problem !== null ? null : JSON.stringify([key, missing])
  useEffect(() => {
    if (question === null) return undefined
    const abort = new AbortController()
    const [of, page] = JSON.parse(question) as [string, number]
    const timer = setTimeout(
      () => {
        const input = {
          ...(JSON.parse(of) as QuestionQuery),
          offset: page * pageLength,
          limit: pageLength,
        }
        client.call('benchmarkQuestions', input, { signal: abort.signal }).then(
          ({ total, questions }) =>
            setState((before) => {
              const kept = before.key === of && before.pages.size < pagesHeld ? before.pages : noPages
              return { key: of, total, pages: new Map([...kept, [page, questions]]), problem: null }
            }),
          (error: unknown) => {
            if (!abort.signal.aborted) setState({ ...empty(of), problem: messageOf(error) })
          },
        )
      },
      page === 0 ? 0 : settleMs,
    )
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [client, question])
  return {
    total: held.total,
    problem: held.problem,
    at: (position) => held.pages.get(Math.floor(position / pageLength))?.[position % pageLength],
  }
}

const noPages: Held['pages'] = new Map()
const inRange = (page: number, total: number | null): boolean =>
  total === null ? page === 0 : page * pageLength < total
