import { useEffect, useRef, useState } from 'react'
import type {
  SampleLine,
  SampleOrder,
  SampleQuery,
  SampleRow,
  SampleSetRequest,
  SampleTokens,
} from '../../contract/app.ts'
import { messageOf, useMain } from '../use-main.ts'

export interface Loaded<T> {
  value: T | null
  loading: boolean
  problem: string | null
  /** Asks the same again. */
  again(): void
}

interface Held<T> {
  key: string
  value: T | null
  problem: string | null
}

/**
 * The answer to the newest question; while it is on its way, the answer before it, where `keeps` says that it is still of
 * use. Waits `delayMs` before it asks, so that questions that are replaced at once are never asked.
 */
function useAnswer<T>(
  question: string | null,
  ask: (signal: AbortSignal) => Promise<T | null>,
  { delayMs = 0, keeps }: { delayMs?: number; keeps: (before: string, now: string) => boolean },
): Loaded<T> {
  const [held, setHeld] = useState<Held<T>>({ key: '', value: null, problem: null })
  const [attempt, setAttempt] = useState(0)
  const asking = useRef(ask)
  useEffect(() => {
    asking.current = ask
  })
  useEffect(() => {
    if (question === null) return
    const abort = new AbortController()
    const timer = setTimeout(() => {
      asking.current(abort.signal).then(
        (value) => abort.signal.aborted || setHeld({ key: question, value, problem: null }),
        (error: unknown) =>
          abort.signal.aborted || setHeld({ key: question, value: null, problem: messageOf(error) }),
      )
    }, delayMs)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [question, delayMs, attempt])
  const again = (): void => {
    setHeld({ key: '', value: null, problem: null })
    setAttempt((n) => n + 1)
  }
  if (question === null) return { value: null, loading: false, problem: null, again }
  if (held.key === question) return { value: held.value, loading: false, problem: held.problem, again }
  return { value: keeps(held.key, question) ? held.value : null, loading: true, problem: null, again }
}

/** Both questions begin with their set. */
const isSameSet = (before: string, now: string): boolean =>
  before !== '' && (JSON.parse(before) as unknown[])[0] === (JSON.parse(now) as unknown[])[0]

const setKey = ({ projectId, iteration, split }: SampleSetRequest): string =>
  JSON.stringify([projectId, iteration, split])

/** Which rows there are. `version` asks anew: another one after flags or files have changed. */
export function useSampleOrder(
  set: SampleSetRequest,
  query: SampleQuery,
  version: string,
): Loaded<SampleOrder> {
  const client = useMain()
  const question = JSON.stringify([setKey(set), query, version])
  return useAnswer(question, (signal) => client.call('sampleOrder', { ...set, ...query }, { signal }), {
    keeps: isSameSet,
  })
}

/** While a row is on its way, the row before it is still there, so that going through the list does not flicker. */
export function useSampleRow(set: SampleSetRequest, row: number | null, version: string): Loaded<SampleRow> {
  const client = useMain()
  const question = row === null ? null : JSON.stringify([setKey(set), row, version])
  return useAnswer(
    question,
    async (signal) => (await client.call('sampleRow', { ...set, row: row ?? 0 }, { signal })).row,
    { keeps: isSameSet },
  )
}

/** Somebody who goes through the list with J held down scores none of the rows on the way. */
const tokensDelayMs = 150

export function useSampleTokens(
  set: SampleSetRequest,
  row: number | null,
  version: string,
): Loaded<SampleTokens> {
  const client = useMain()
  const question = row === null ? null : JSON.stringify([setKey(set), row, version])
  return useAnswer(question, (signal) => client.call('sampleTokens', { ...set, row: row ?? 0 }, { signal }), {
    delayMs: tokensDelayMs,
    keeps: () => false,
  })
}

const linesAtOnce = 100
const linesHeld = 20_000
/** A list that is flung past asks for nothing on the way. */
const settleMs = 40

/** Lines of the visible rows, by row number; what is not here yet is on its way. `rows` is [] while there is no order. */
export function useSampleLines(
  set: SampleSetRequest,
  rows: readonly number[],
): ReadonlyMap<number, SampleLine> {
  const client = useMain()
  const key = setKey(set)
  const [held, setHeld] = useState<{ key: string; lines: ReadonlyMap<number, SampleLine> }>({
    key,
    lines: new Map(),
  })
  const lines = held.key === key ? held.lines : noLines
  const missing = rows.filter((row) => !lines.has(row)).slice(0, linesAtOnce)
  const question = missing.length === 0 ? null : JSON.stringify([key, missing])
  useEffect(() => {
    if (question === null) return
    const abort = new AbortController()
    const [of, wanted] = JSON.parse(question) as [string, number[]]
    const [projectId, iteration, split] = JSON.parse(of) as [string, number, SampleSetRequest['split']]
    const timer = setTimeout(() => {
      client
        .call('sampleLines', { projectId, iteration, split, rows: wanted }, { signal: abort.signal })
        .then(
          ({ lines: found }) =>
            setHeld((before) => {
              const kept = before.key === of && before.lines.size < linesHeld ? before.lines : noLines
              return { key: of, lines: new Map([...kept, ...found.map((line) => [line.row, line] as const)]) }
            }),
          // The order's own error is shown; a list of rows whose texts fail to come says the same thing.
          (error: unknown) => {
            if (!abort.signal.aborted) console.warn(messageOf(error))
          },
        )
    }, settleMs)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [client, question])
  return lines
}
const noLines: ReadonlyMap<number, SampleLine> = new Map()

export interface Flags {
  ids: ReadonlySet<string>
  toggle(id: string): void
  problem: string | null
}

export function useFlags(projectId: string): Flags {
  const client = useMain()
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const [problem, setProblem] = useState<string | null>(null)
  const take = (answer: Promise<{ ids: string[] }>): void => {
    answer.then(
      (flags) => {
        setIds(new Set(flags.ids))
        setProblem(null)
      },
      (error: unknown) => setProblem(messageOf(error)),
    )
  }
  useEffect(() => {
    let here = true
    client.call('sampleFlags', { projectId }).then(
      (flags) => here && setIds(new Set(flags.ids)),
      (error: unknown) => here && setProblem(messageOf(error)),
    )
    return () => {
      here = false
    }
  }, [client, projectId])
  return {
    ids,
    problem,
    toggle: (id) => take(client.call('flagSample', { projectId, id, flagged: !ids.has(id) })),
  }
}
