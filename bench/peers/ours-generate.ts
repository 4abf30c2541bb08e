import { readFileSync } from 'node:fs'
import { Decoder } from '../../src/engine/generation/decoder.ts'
import { openModelFolder } from '../../src/engine/model/model-folder.ts'
import { peakBytes } from '../../src/engine/forecast/peak-memory.ts'
import { now, useCpuTime } from '../clock.ts'
import { Workload } from './workload.ts'

/** Our generation on the shared workload: greedy, every answer at its cap. One JSON line, as the peers print. */
const { threads, cpuTime, modelDir, generate, mixed } = Workload.parse(
  JSON.parse(readFileSync(process.argv[2]!, 'utf8')),
)
if (cpuTime) useCpuTime()
const folder = await openModelFolder(modelDir)
const tokensPerSecond: Record<string, number> = {}
let first: number[] = []
for (const batchSize of generate.batches) {
  const decoder = new Decoder(
    // An id that no model chooses ends nothing: all answers run to the cap, as the peers' do.
    { ...folder, eosIds: [folder.config.vocab - 2] },
    { temperature: 0, topK: 0, topP: 1, maxNewTokens: generate.newTokens, batchSize },
    threads,
  )
  const prompts = generate.prompts.slice(0, batchSize).map((ids) => ({ ids, seed: 0 }))
  let seconds = Infinity
  for (let run = 0; run < 3; run++) {
    const startedAt = now()
    let tokens = 0
    for await (const { answered } of decoder.answers(prompts)) {
      for (const { index, answer } of answered) {
        tokens += answer.ids.length
        if (index === 0) first = answer.ids
      }
    }
    if (tokens !== batchSize * generate.newTokens) throw new Error(`${tokens} tokens: an answer ended early`)
    if (run > 0) seconds = Math.min(seconds, (now() - startedAt) / 1000)
  }
  await decoder.release()
  tokensPerSecond[batchSize] = (batchSize * generate.newTokens) / seconds
}
const decoder = new Decoder(
  { ...folder, eosIds: [folder.config.vocab - 2] },
  { temperature: 0, topK: 0, topP: 1, maxNewTokens: 128, batchSize: mixed.batch },
  threads,
)
const queue = mixed.prompts.map(({ ids, newTokens }) => ({ ids, seed: 0, maxNewTokens: newTokens }))
for await (const part of decoder.answers(queue.slice(0, 4))) void part
const startedAt = now()
let tokens = 0
for await (const { answered } of decoder.answers(queue))
  for (const { answer } of answered) tokens += answer.ids.length
const mixedRate = (1000 * tokens) / (now() - startedAt)
console.log(JSON.stringify({ tokensPerSecond, first, mixed: mixedRate, peakBytes: peakBytes() }))
process.exit(0)
