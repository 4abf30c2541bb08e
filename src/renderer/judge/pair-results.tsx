import { Tooltip } from '@mantine/core'
import type { Judging } from '../../contract/app.ts'
import type { PairSummary } from '../../contract/judge.ts'
import { fixed, whole } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { judgeStrings } from '../strings/judge.ts'
import { nameOfId } from './model-words.ts'

const words = judgeStrings.results

type Counts = Pick<PairSummary, 'wins' | 'ties' | 'losses'>

/** Each model against the baseline: a bar of wins, ties and losses, then the same by category. */
export function PairResults({ judging, pairs }: { judging: Judging; pairs: readonly PairSummary[] }) {
  const categories = [...new Set(pairs.flatMap(({ byCategory }) => byCategory.map((one) => one.category)))]
  return (
    <Section title={words.title} hint={judging.judge === null ? undefined : words.by(judging.judge)}>
      {pairs.map((pair) => (
        <Pair key={pair.model} judging={judging} pair={pair} />
      ))}
      {categories.length > 1 && (
        <table className="list judge-table" aria-label={words.categoryTable}>
          <thead>
            <tr>
              <th scope="col">{words.category}</th>
              {pairs.map(({ model }) => (
                <th key={model} scope="col">
                  {nameOfId(judging, model)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {categories.map((category) => (
              <tr key={category}>
                <td>{category}</td>
                {pairs.map(({ model, byCategory }) => {
                  const counts = byCategory.find((one) => one.category === category)
                  return (
                    <td key={model}>
                      {counts ? <CountsBar name={category} counts={counts} /> : words.missing}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}

function Pair({ judging, pair }: { judging: Judging; pair: PairSummary }) {
  const { winRate, interval, agreement, firstShare, unreadable } = pair
  const name = words.pair(nameOfId(judging, pair.model), nameOfId(judging, pair.baseline))
  return (
    <div className="judge-pair">
      <p className="spread">
        <strong>{name}</strong>
        <span className="number secondary">
          {whole(pair.wins)} {words.won}, {whole(pair.ties)} {words.tied}, {whole(pair.losses)} {words.lost}
        </span>
      </p>
      <CountsBar name={name} counts={pair} />
      <dl className="judge-facts number">
        <Fact name={words.winRate} tip={words.winRateTip} value={percent(winRate)} />
        {interval && (
          <Fact
            name={words.intervalName}
            tip={words.intervalTip}
            value={words.interval(share(interval.low), share(interval.high))}
          />
        )}
        <Fact name={words.agreement} tip={words.agreementTip} value={percent(agreement)} />
        <Fact name={words.first} tip={words.firstTip} value={percent(firstShare)} />
        {unreadable > 0 && (
          <Fact name={words.unreadable} tip={words.unreadableTip} value={whole(unreadable)} />
        )}
      </dl>
    </div>
  )
}

/** Wins from the left in indigo, losses from the right; the counts stand in the middle of each part. */
function CountsBar({ name, counts }: { name: string; counts: Counts }) {
  const parts = [
    ['wins', counts.wins],
    ['ties', counts.ties],
    ['losses', counts.losses],
  ] as const
  return (
    <div
      className="judge-bar number"
      role="img"
      aria-label={words.bar(name, whole(counts.wins), whole(counts.ties), whole(counts.losses))}
    >
      {parts.map(
        ([part, count]) =>
          count > 0 && (
            <span key={part} className={part} style={{ flexGrow: count }}>
              {whole(count)}
            </span>
          ),
      )}
    </div>
  )
}

export function Fact({ name, tip, value }: { name: string; tip: string; value: string }) {
  return (
    <Tooltip label={tip} multiline w={280}>
      <div tabIndex={0}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    </Tooltip>
  )
}

const share = (value: number): string => fixed(100 * value, 0)
const percent = (value: number | null): string =>
  value === null ? words.missing : words.percent(fixed(100 * value, 1))
