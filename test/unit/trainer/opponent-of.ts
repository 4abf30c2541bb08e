import type { LayeredModel } from '../../../src/engine/model/layered-model.ts'
import { scoreSequences } from '../../../src/engine/scoring/sequence-logps.ts'
import type { OpponentLogps } from '../../../src/engine/training/micro-batch.ts'
import type { TrainingRow } from '../../../src/engine/training/training-rows.ts'

/** What a model says of both answers of each row: of itself as its own opponent. */
export async function opponentOf(
  model: LayeredModel,
  rows: readonly TrainingRow[],
  eosIds: readonly number[],
): Promise<OpponentLogps> {
  const scored = async (side: 'realIds' | 'generatedIds') => {
    const sequences = rows.map((row) => ({ promptIds: row.promptIds, responseIds: row[side] ?? [] }))
    const scoring = scoreSequences(model, sequences, { batchSize: 8, eosIds })
    let next = await scoring.next()
    while (!next.done) next = await scoring.next()
    return next.value
  }
  const [real, generated] = [await scored('realIds'), await scored('generatedIds')]
  return {
    real: Float32Array.from(real, ({ logp }) => logp),
    generated: Float32Array.from(generated, ({ logp }) => logp),
    realEos: Float32Array.from(real, ({ eos }) => eos),
  }
}
