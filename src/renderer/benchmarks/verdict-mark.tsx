import { Icon } from '../components/icon.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { points } from './score-format.ts'
import type { Verdict } from './question-verdict.ts'

const words = benchmarksStrings.questions

/** A check or a cross with its word; a share of points where a question is not just right or wrong. */
export function VerdictMark({ verdict, who }: { verdict: Verdict | null; who?: string | undefined }) {
  if (!verdict) return null
  const before = who === undefined ? '' : `${who}: `
  if (verdict.kind === 'share')
    return (
      <span className="bench-verdict number" title={before + words.share(points(verdict.share))}>
        {points(verdict.share)}
      </span>
    )
  return (
    <span className={`bench-verdict ${verdict.kind}`} title={before + words[verdict.kind]}>
      <Icon name={verdict.kind === 'right' ? 'check' : 'close'} size={12} />
      {words[verdict.kind]}
    </span>
  )
}
