import { AppError } from '../../contract/errors.ts'
import type { Verdict } from '../../contract/judge.ts'
import type { JudgeCase } from './judge-cases.ts'
import type { JudgeClient, JudgeReply } from './judge-client.ts'
import { readVerdict } from './read-verdict.ts'
import type { VerdictJournal } from './verdict-journal.ts'

export interface JudgeRun {
  cases: readonly JudgeCase[]
  client: JudgeClient
  /** The judge's name in the record. */
  judge: string
  journal: VerdictJournal
  concurrency: number
  signal?: AbortSignal
  /** How long requests in flight may go on after a stop: they are paid for. */
  graceSeconds?: number
  onVerdict?: (verdict: Verdict) => void
}

/**
 * Asks for every case that has no verdict yet, so many at once, and journals each reply as it comes: after a crash at most
 * the requests in flight are asked again. A failure or a stop begins nothing new, waits for the replies on their way (they
 * are paid for) and is thrown then. A reply without a readable verdict is a verdict too, and is not asked again.
 */
export async function runJudge(run: JudgeRun): Promise<void> {
  const { client, journal, judge, concurrency, signal, graceSeconds = 30, onVerdict } = run
  const open = [...new Map(run.cases.map((one) => [one.id, one])).values()].filter(
    ({ id }) => !journal.verdicts.has(id),
  )
  const stop = new AbortController()
  const giveUp = new AbortController()
  let failure: unknown = null
  const fail = (error: unknown): void => {
    failure ??= error
    stop.abort()
  }
  let grace: NodeJS.Timeout | undefined
  const onStop = (): void => {
    fail(
      new AppError('CANCELLED', 'Judging was stopped; verdicts so far are kept, and it goes on from there.'),
    )
    grace = setTimeout(() => giveUp.abort(), graceSeconds * 1000)
  }
  signal?.addEventListener('abort', onStop, { once: true })
  if (signal?.aborted) onStop()

  let next = 0
  const worker = async (): Promise<void> => {
    while (next < open.length && !stop.signal.aborted) {
      const one = open[next++]!
      try {
        const reply = await client.ask(one.id, one.prompt, { stop: stop.signal, giveUp: giveUp.signal })
        const verdict = verdictOf(one, reply, judge)
        journal.append([verdict])
        onVerdict?.(verdict)
      } catch (error) {
        fail(error)
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, open.length) }, worker))
  } finally {
    clearTimeout(grace)
    signal?.removeEventListener('abort', onStop)
  }
  if (failure !== null) throw failure
}

/** A reply as a line of the journal. */
export function verdictOf(one: JudgeCase, reply: JudgeReply, judge: string): Verdict {
  const { prompt: _prompt, ...about } = one
  const { text, finish, promptTokens, completionTokens } = reply
  const read = readVerdict(text, one)
  return { ...about, judge, ...read, reply: text, finish, promptTokens, completionTokens, at: Date.now() }
}
