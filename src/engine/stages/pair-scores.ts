import { join } from 'node:path'
import type { PairRow } from '../../contract/chat.ts'
import { type PairScore, pairScoresName } from '../../contract/samples-engine.ts'
import { writeFileAtomically } from '../data/atomic-file.ts'
import type { TokenSequence } from '../scoring/collate.ts'
import type { SpinLoss } from '../training/spin-loss.ts'

/** What the means of an evaluation are made of, a line a pair: `pair-scores.jsonl` in `outDir`. */
export async function writePairScores(
  outDir: string,
  pairs: readonly PairRow[],
  spin: SpinLoss,
  { real, generated }: { real: readonly TokenSequence[]; generated: readonly TokenSequence[] },
): Promise<void> {
  const scores = pairs.map(({ id }, i): PairScore => ({
    id,
    realReward: spin.rewardReal[i]!,
    generatedReward: spin.rewardGenerated[i]!,
    margin: spin.margins[i]!,
    realTokens: real[i]!.responseIds.length,
    generatedTokens: generated[i]!.responseIds.length,
  }))
  const lines = scores.map((score) => `${JSON.stringify(score)}\n`)
  await writeFileAtomically(join(outDir, pairScoresName), lines.join(''))
}
