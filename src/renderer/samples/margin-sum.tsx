import { Tooltip } from '@mantine/core'
import { signed, whole } from '../components/numbers.ts'
import { ordinal, samplesStrings as words } from '../strings/samples.ts'

export interface Rank {
  position: number
  rows: number
  /** Whether the list is all rows by their margin, so that a position in it means something. */
  isByMargin: boolean
}

/** The margin as the difference that it is. Rewards in nats; null = not known. */
export function MarginSum({
  rewards,
  rank,
}: {
  rewards: { human: number; opponent: number } | null
  rank: Rank
}) {
  const margin = rewards && rewards.human - rewards.opponent
  const verdict =
    margin === null ? '' : margin > 0 ? words.humanWins : margin < 0 ? words.opponentWins : words.tie
  const place = ordinal(rank.position + 1, whole(rank.position + 1))
  return (
    <div className="margin-sum number">
      <Tooltip label={words.marginHint} multiline w={280}>
        <span>{words.marginOfPair}</span>
      </Tooltip>
      {rewards === null || margin === null ? (
        <span className="hint">{words.marginNone}</span>
      ) : (
        <>
          <strong>{words.nats(signed(margin, 2))}</strong>
          <span className="secondary">
            {words.marginSum(signed(rewards.human, 2), signed(rewards.opponent, 2))}
          </span>
          <span className="margin-rank secondary">
            {rank.isByMargin && rank.position < rank.rows
              ? words.rank(verdict, place, whole(rank.rows))
              : verdict}
          </span>
        </>
      )}
    </div>
  )
}
