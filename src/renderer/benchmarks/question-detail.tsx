import type { QuestionPair } from '../../contract/app/benchmarks.ts'
import { whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import { ChoiceTable } from './choice-table.tsx'
import { GeneratedAnswer } from './generated-answer.tsx'
import type { RowNames } from './question-row.tsx'
import { verdictOf, type PrimaryMetric } from './question-verdict.ts'
import { metricWords } from './score-table.ts'
import { points } from './score-format.ts'
import { VerdictMark } from './verdict-mark.tsx'

const words = benchmarksStrings.questions

/** One question: what was asked, what each model made of it, and what it scored. */
export function QuestionDetail({
  pair,
  primary,
  names,
}: {
  pair: QuestionPair | undefined
  primary: PrimaryMetric | null
  names: RowNames
}) {
  if (!pair) return <div className="bench-detail" aria-busy="true" />
  const { question, other } = pair
  const columns = [
    { name: names.own, question },
    ...(other && names.other !== null ? [{ name: names.other, question: other }] : []),
  ]
  const isGenerated = question.response !== null
  return (
    <div className="bench-detail">
      <Section
        title={benchmarksStrings.task(question.task)}
        hint={`${words.number(whole(question.index))}, ${words.shots}`}
        actions={
          <span className="row hint number">
            <span title={words.tokensTip}>{words.tokens(whole(question.promptTokens))}</span>
            {columns.map((column) => (
              <span key={column.name} className="row">
                {columns.length > 1 && column.name}
                <VerdictMark verdict={verdictOf(column.question, primary)} who={column.name} />
              </span>
            ))}
          </span>
        }
      >
        {question.truncated && <Strip kind="warning">{words.cutTip}</Strip>}
        <p className="bench-question">{question.question}</p>
        {isGenerated && (
          <p className="secondary">
            {words.target}: <code>{question.target}</code>
          </p>
        )}
      </Section>
      {question.choices.length > 0 && (
        <Section title={words.choices}>
          <ChoiceTable columns={columns} metric={primary?.metric ?? 'acc'} />
        </Section>
      )}
      {columns.map(
        (column, i) =>
          column.question.response !== null && (
            <GeneratedAnswer
              key={column.name}
              name={column.name}
              question={column.question}
              isOther={i > 0}
            />
          ),
      )}
      <Section title={words.metrics} hint={benchmarksStrings.points}>
        <dl className="bench-facts number">
          {Object.keys(question.metrics).map((key) => (
            <div key={key}>
              <dt>{metricName(question.task, key)}</dt>
              <dd>
                {columns
                  .map((column) => {
                    const value = column.question.metrics[key]
                    const shown = value === undefined ? benchmarksStrings.table.none : points(value)
                    return columns.length > 1 ? words.scored(column.name, shown) : shown
                  })
                  .join(', ')}
              </dd>
            </div>
          ))}
        </dl>
      </Section>
    </div>
  )
}

/** "acc_norm,none" → "accuracy by length". */
function metricName(task: string, key: string): string {
  const [metric = '', filter = ''] = key.split(',')
  const by = benchmarksStrings.filters[filter] ?? filter
  return [metricWords(task, metric)[0], by].filter(Boolean).join(', ')
}
