import type { BenchmarkQuestion } from '../../contract/benchmarks.ts'
import { Section } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'

const words = benchmarksStrings.questions

/** What a model wrote, and what each filter read out of it. */
export function GeneratedAnswer({
  name,
  question,
  isOther,
}: {
  name: string
  question: BenchmarkQuestion
  /** Of the evaluation that is compared with. */
  isOther: boolean
}) {
  const { response, extracted, metrics } = question
  return (
    <Section title={words.generated} hint={name}>
      <p className={`bench-response${isOther ? ' other' : ''}`}>
        {response === '' ? <em className="hint">{words.emptyAnswer}</em> : response}
      </p>
      <dl className="bench-facts">
        {Object.entries(extracted).map(([filter, value]) => (
          <div key={filter}>
            <dt>
              {words.extracted}, {benchmarksStrings.filters[filter] || filter}
            </dt>
            <dd>
              <code>{value === '' ? words.nothingExtracted : value}</code>{' '}
              <span className="hint">{scoredBy(metrics, filter)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}

/** "right" or "wrong" by the metric of this filter. */
function scoredBy(metrics: BenchmarkQuestion['metrics'], filter: string): string {
  const value = Object.entries(metrics).find(([name]) => name.endsWith(`,${filter}`))?.[1]
  if (value === undefined) return ''
  return value === 1 ? words.right : words.wrong
}
