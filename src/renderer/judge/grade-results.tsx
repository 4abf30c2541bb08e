import { Tooltip } from '@mantine/core'
import type { Judging } from '../../contract/app.ts'
import type { GradeSummary } from '../../contract/judge.ts'
import { fixed, whole } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { judgeStrings } from '../strings/judge.ts'
import { nameOfId } from './model-words.ts'

const words = judgeStrings.results

/** Mean grades, a model a row: of all turns, by turn, by category. */
export function GradeResults({ judging, grades }: { judging: Judging; grades: readonly GradeSummary[] }) {
  const categories = [...new Set(grades.flatMap(({ byCategory }) => byCategory.map((one) => one.category)))]
  return (
    <Section title={words.title} hint={judging.judge === null ? undefined : words.by(judging.judge)}>
      <div className="judge-scroll">
        <table className="list judge-table" aria-label={words.categoryTable}>
          <thead>
            <tr>
              <th scope="col">{words.model}</th>
              <Head name={words.mean} tip={words.meanTip} />
              {[1, 2].map((turn) => (
                <th key={turn} scope="col" className="end">
                  {words.turn(turn)}
                </th>
              ))}
              {categories.map((category) => (
                <th key={category} scope="col" className="end">
                  {category}
                </th>
              ))}
              <th scope="col" className="end">
                {words.graded}
              </th>
              <Head name={words.unreadable} tip={words.unreadableTip} />
            </tr>
          </thead>
          <tbody>
            {grades.map((grade) => (
              <tr key={grade.model}>
                <td className="key">{nameOfId(judging, grade.model)}</td>
                <td className="end number">
                  <strong>{mean(grade.mean)}</strong>
                  {grade.stderr !== null && (
                    <Tooltip label={words.errorTip}>
                      <span className="hint judge-error" tabIndex={0}>
                        {words.error(fixed(grade.stderr, 2))}
                      </span>
                    </Tooltip>
                  )}
                </td>
                {[1, 2].map((turn) => (
                  <td key={turn} className="end number">
                    {mean(grade.byTurn.find((one) => one.turn === turn)?.mean)}
                  </td>
                ))}
                {categories.map((category) => (
                  <td key={category} className="end number">
                    {mean(grade.byCategory.find((one) => one.category === category)?.mean)}
                  </td>
                ))}
                <td className="end number">{whole(grade.graded)}</td>
                <td className="end number">{whole(grade.unreadable)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

function Head({ name, tip }: { name: string; tip: string }) {
  return (
    <th scope="col" className="end">
      <Tooltip label={tip} multiline w={260}>
        <span tabIndex={0}>{name}</span>
      </Tooltip>
    </th>
  )
}

const mean = (value: number | null | undefined): string => (value == null ? words.missing : fixed(value, 2))
