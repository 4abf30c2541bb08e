import type { SampleQuery, SampleSetRequest } from '../../contract/app/samples.ts'
import { maxSampleRows, type SampleFiles, type SampleRow } from '../../contract/samples-engine.ts'
import type { EngineAccess } from '../loop/engine-access.ts'

const encoder = new TextEncoder()

/** JSON Lines of the rows that a query leaves, a page at a time; the parts join to the file. */
export async function* exportSamples({
  inspector,
  files,
  query,
  flagged,
  set,
  signal,
}: {
  inspector: EngineAccess
  files: SampleFiles
  query: SampleQuery
  flagged: readonly string[]
  set: Pick<SampleSetRequest, 'iteration' | 'split'>
  signal: AbortSignal
}): AsyncGenerator<{ bytes: Uint8Array<ArrayBuffer>; done: number; total: number }> {
  const { filter, search, sort } = query
  const asked = { ...files, filter, search, sort, flagged: [...flagged] }
  const order = await inspector.call('sampleOrder', asked, { signal })
  const flags = new Set(flagged)
  const total = order.rows.length
  if (total === 0) yield { bytes: new Uint8Array(0), done: 0, total }
  for (let start = 0; start < total && !signal.aborted; start += maxSampleRows) {
    const rows = [...order.rows.subarray(start, start + maxSampleRows)]
    const page = await inspector.call('sampleRows', { ...files, rows }, { signal })
    const lines = page.rows.map((row) => `${JSON.stringify(exported(row, set, flags.has(row.id)))}\n`)
    yield { bytes: encoder.encode(lines.join('')), done: Math.min(total, start + maxSampleRows), total }
  }
}

/** Names in the manner of the pair files; rewards and margins in nats. */
function exported(
  { id, prompt, real, generated, generatedFinish, answer, answerFinish, score }: SampleRow,
  { iteration, split }: Pick<SampleSetRequest, 'iteration' | 'split'>,
  flagged: boolean,
) {
  return {
    id,
    iteration,
    split,
    flagged,
    prompt,
    real,
    generated,
    finish_reason: generatedFinish,
    new_model: answer,
    new_model_finish_reason: answer === null ? null : answerFinish,
    margin: score?.margin ?? null,
    reward_real: score?.realReward ?? null,
    reward_generated: score?.generatedReward ?? null,
  }
}
