import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GateSettings, TrainingSettings } from '../../src/contract/settings.ts'
import { openModelFolder } from '../../src/engine/model/model-folder.ts'
import { loadLayeredModel } from '../../src/engine/model/load-layered-model.ts'
import { opponentLogps } from '../../src/engine/training/opponent-logps.ts'
import { train } from '../../src/engine/training/trainer.ts'
import { peakBytes } from '../../src/engine/forecast/peak-memory.ts'
import { Workload } from './workload.ts'

/** Our trainer on the shared workload: the same pairs, loss, optimizer and accumulation. One JSON line, as the peers print. */
const workload = Workload.parse(JSON.parse(readFileSync(process.argv[2]!, 'utf8')))
process.env['SPIN_STUDIO_THREADS'] = String(workload.threads)
const { microBatch, accumulate, steps, beta, lr, pairs } = workload.train
const dir = mkdtempSync(join(tmpdir(), 'spin-peers-'))
const began = performance.now()
const folder = await openModelFolder(workload.modelDir)
const model = loadLayeredModel(folder)
const rows = pairs.map(({ promptIds, chosenIds, rejectedIds }) => ({
  promptIds,
  realIds: chosenIds,
  generatedIds: rejectedIds,
}))
const settings = TrainingSettings.parse({
  objective: 'dpo',
  beta,
  optimizer: { kind: 'adamw', lr, clipNorm: 1 },
  schedule: { kind: 'constant', warmupRatio: 0 },
  batchSize: microBatch * accumulate,
  microBatch,
  maxSteps: steps + 1,
  checkpointEverySteps: 10_000,
  guards: { enabled: false },
})
const signal = new AbortController().signal
const scoring = opponentLogps({
  model,
  rows,
  eosIds: folder.eosIds,
  batchSize: 2 * microBatch,
  path: join(dir, 'opponent.safetensors'),
  key: 'bench',
  signal,
})
let scored = await scoring.next()
while (!scored.done) scored = await scoring.next()
const referenceSeconds = (performance.now() - began) / 1000
const stepMs: number[] = []
const losses: number[] = []
for await (const { loss, stepMs: ms } of train({
  model,
  rows,
  opponent: scored.value,
  settings,
  gates: GateSettings.parse({}),
  eosIds: folder.eosIds,
  checkpointDir: join(dir, 'checkpoints'),
  settingsHash: 'bench',
  heldOutNll: null,
  signal,
})) {
  stepMs.push(ms)
  losses.push(loss)
}
const seconds = stepMs.slice(1).reduce((sum, ms) => sum + ms, 0) / 1000
console.log(
  JSON.stringify({
    pairsPerSecond: (microBatch * accumulate * (stepMs.length - 1)) / seconds,
    referenceSeconds,
    losses,
    peakBytes: peakBytes(),
  }),
)
rmSync(dir, { recursive: true })
process.exit(0)
