import type { JudgeMode, Verdict } from '../../contract/judge.ts'

/**
 * What a reply says: the last `[[A]]`, `[[B]]` or `[[C]]`, or the last `[[number]]` from 1 to 10 (also as "7/10"). The last
 * one, because a judge may quote or weigh before it decides. Nulls where there is none.
 */
export function readVerdict(
  reply: string,
  { mode, swapped }: { mode: JudgeMode; swapped: boolean },
): Pick<Verdict, 'winner' | 'score'> {
  if (mode === 'single') {
    const text = [...reply.matchAll(/\[\[\s*(\d+(?:\.\d+)?)\s*(?:\/\s*10\s*)?\]\]/g)].at(-1)?.[1]
    const score = Number(text ?? Number.NaN)
    return { winner: null, score: score >= 1 && score <= 10 ? score : null }
  }
  const letter = [...reply.matchAll(/\[\[\s*([ABC])\s*\]\]/gi)].at(-1)?.[1]?.toUpperCase()
  if (letter === undefined) return { winner: null, score: null }
  if (letter === 'C') return { winner: 'tie', score: null }
  return { winner: (letter === 'A') === swapped ? 'model_2' : 'model_1', score: null }
}
