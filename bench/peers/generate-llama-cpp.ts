import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeGguf } from '../../src/engine/model/gguf/write-gguf.ts'
import { openModelFolder } from '../../src/engine/model/model-folder.ts'
import { peakBytes } from '../../src/engine/forecast/peak-memory.ts'
import { type LlamaSequence, openLlamaCpp } from './node-llama-cpp.ts'
import { now, useCpuTime } from '../clock.ts'
import { Workload } from './workload.ts'

/**
 * llama.cpp (node-llama-cpp) on the shared workload: our f16 export, one sequence a row in one context, greedy. Its f16 is
 * the faster of its own float formats on this kind of machine. One JSON line, as the other peers print.
 */

const { threads, cpuTime, modelDir, generate, mixed } = Workload.parse(
  JSON.parse(readFileSync(process.argv[2]!, 'utf8')),
)
if (cpuTime) useCpuTime()
const installed = process.env['SPIN_STUDIO_PEERS'] ?? import.meta.dirname

const path = join(modelDir, 'peer-f16.gguf')
const from = await openModelFolder(modelDir)
const writing = writeGguf({ from, read: (name) => from.weights.read(name), outPath: path, type: 'f16' })
for (let step = await writing.next(); !step.done;) step = await writing.next()

const llama = await openLlamaCpp(installed, { maxThreads: threads, logLevel: 'error' })
const model = await llama.loadModel({ modelPath: path })
const tokensPerSecond: Record<string, number> = {}
let first: number[] = []
for (const batch of generate.batches) {
  const rowTokens = generate.prompts[0]!.length + generate.newTokens + 8
  const context = await model.createContext({
    sequences: batch,
    contextSize: rowTokens,
    batchSize: Math.max(512, batch * generate.prompts[0]!.length),
    threads,
  })
  let seconds = Infinity
  const sequences = Array.from({ length: batch }, () => context.getSequence())
  for (let run = 0; run < 2; run++) {
    const startedAt = now()
    const answers = await Promise.all(
      sequences.map((sequence, row) => answer(sequence, generate.prompts[row]!)),
    )
    seconds = Math.min(seconds, (now() - startedAt) / 1000)
    first = answers[0]!
    for (const sequence of sequences) await sequence.clearHistory()
  }
  await context.dispose()
  tokensPerSecond[batch] = (batch * generate.newTokens) / seconds
}
const context = await model.createContext({
  sequences: mixed.batch,
  contextSize: 96 + 128 + 8,
  batchSize: 2048,
  threads,
})
const waiting = [...mixed.prompts]
const mixedStart = now()
let mixedTokens = 0
await Promise.all(
  Array.from({ length: mixed.batch }, async () => {
    const sequence = context.getSequence()
    // A free sequence takes the next prompt, as its own server does.
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      mixedTokens += (await answer(sequence, next.ids, next.newTokens)).length
      await sequence.clearHistory()
    }
  }),
)
const mixedRate = (1000 * mixedTokens) / (now() - mixedStart)
console.log(JSON.stringify({ tokensPerSecond, first, mixed: mixedRate, peakBytes: peakBytes() }))
rmSync(path)
process.exit(0)

async function answer(
  sequence: LlamaSequence,
  prompt: readonly number[],
  newTokens = generate.newTokens,
): Promise<number[]> {
  const tokens: number[] = []
  for await (const token of sequence.evaluate([...prompt], { temperature: 0, yieldEogToken: true })) {
    tokens.push(token)
    if (tokens.length === newTokens) break
  }
  return tokens
}
