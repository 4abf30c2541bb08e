import { Section, Strip } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { standingOut } from './differences.ts'
import type { ScoreTable } from './score-table.ts'
import type { LoadedDifferences } from './use-differences.ts'

const words = benchmarksStrings.standsOut

/** Who beats whom, in words, with what chance may have done. */
export function StandsOut({ table, loaded }: { table: ScoreTable; loaded: LoadedDifferences }) {
  const sentences = standingOut(table, loaded.differences)
  return (
    <Section title={words.title}>
      <p className="hint">{words.hint}</p>
      {loaded.problem && <Strip kind="error">{loaded.problem}</Strip>}
      {sentences.length > 0 ? (
        <ul className="bench-sentences number">
          {sentences.map(({ key, words: text, isWorse }) => (
            <li key={key} className={isWorse ? 'worse' : undefined}>
              {text}
            </li>
          ))}
        </ul>
      ) : (
        <p className="secondary" role="status">
          {loaded.waiting ? words.measuring : words.needTwo}
        </p>
      )}
    </Section>
  )
}
