import type { SampleIteration, SampleRow, SampleSetRequest, TokenScores } from '../../contract/app.ts'
import { Strip } from '../components/sections.tsx'
import { samplesStrings as words } from '../strings/samples.ts'
import { AnswerColumn } from './answer-column.tsx'
import type { AnswerSide } from './answer-side.ts'
import { HeatLegend } from './heat-legend.tsx'
import { MarginSum, type Rank } from './margin-sum.tsx'
import { RewardChart } from './reward-chart.tsx'
import { opponentName } from './opponent-name.ts'
import { SamplePrompt } from './sample-prompt.tsx'
import { rewardOf, rewardSoFar } from './token-pieces.ts'
import { type Flags, type Loaded, useSampleTokens } from './use-samples.ts'

/** One pair: its prompt, the three answers with what the models think of each token, and where the margin comes from. */
export function SampleDetail({
  set,
  iteration,
  sample,
  version,
  flags,
  rank,
}: {
  set: SampleSetRequest
  iteration: SampleIteration
  sample: Loaded<SampleRow>
  version: string
  flags: Flags
  rank: Rank
}) {
  const { hasModel, beta } = iteration
  const row = sample.value
  const tokens = useSampleTokens(set, hasModel && row ? row.row : null, version)
  if (sample.problem) return <Strip kind="error">{sample.problem}</Strip>
  if (!row) return <div className="sample-detail" aria-busy={sample.loading} />
  const sides = sidesOf(row, iteration, set, tokens.value)
  const scores = tokens.value
  const rewards = scores
    ? { human: rewardOf(scores.human, beta), opponent: rewardOf(scores.opponent, beta) }
    : row.score && { human: row.score.realReward, opponent: row.score.generatedReward }
  return (
    <div className="sample-detail">
      <SamplePrompt
        key={row.id}
        row={row}
        promptTokens={scores?.promptTokens ?? null}
        isFlagged={flags.ids.has(row.id)}
        problem={flags.problem}
        onFlag={() => flags.toggle(row.id)}
      />
      <HeatLegend
        hasModel={hasModel}
        loading={tokens.loading}
        problem={tokens.problem}
        onRetry={tokens.again}
      />
      <div className="answers">
        {sides.map((side) => (
          <AnswerColumn key={`${side.kind} ${row.id}`} side={side} beta={beta} />
        ))}
      </div>
      <RewardChart
        lines={sides.flatMap(({ kind, scores: of }) => (of ? [{ kind, sums: rewardSoFar(of, beta) }] : []))}
      />
      <MarginSum rewards={rewards} rank={rank} />
    </div>
  )
}

function sidesOf(
  row: SampleRow,
  iteration: SampleIteration,
  { split }: SampleSetRequest,
  tokens: { human: TokenScores; opponent: TokenScores; newModel: TokenScores | null } | null,
): AnswerSide[] {
  const { real, generated, generatedFinish, answer, answerFinish, score } = row
  const known = (reward: number | undefined, count: number | undefined) =>
    reward === undefined || count === undefined ? null : { reward, tokens: count }
  return [
    {
      kind: 'human',
      source: words.fromDataset,
      text: real,
      isCut: false,
      missing: '',
      scores: tokens?.human ?? null,
      known: known(score?.realReward, score?.realTokens),
    },
    {
      kind: 'opponent',
      source: opponentName(iteration),
      text: generated,
      isCut: generatedFinish === 'length',
      missing: '',
      scores: tokens?.opponent ?? null,
      known: known(score?.generatedReward, score?.generatedTokens),
    },
    {
      kind: 'newModel',
      source: words.iteration(iteration.iteration),
      text: answer,
      isCut: answer !== null && answerFinish === 'length',
      missing: words.notGeneratedYet[split],
      scores: tokens?.newModel ?? null,
      known: null,
    },
  ]
}
