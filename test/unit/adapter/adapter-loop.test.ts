import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ExportRequest } from '../../../src/contract/engine.ts'
import { type LoopEvent, type LoopOutcome, LoopSetup } from '../../../src/contract/project.ts'
import { mergedWeights } from '../../../src/engine/model/adapter/merged-weights.ts'
import { openModelFolder } from '../../../src/engine/model/model-folder.ts'
import { exportStage } from '../../../src/engine/stages/export-stage.ts'
import { runLoop } from '../../../src/main/loop/run-loop.ts'
import { openStore } from '../../../src/main/store/store.ts'
import { writeRepeats } from '../loop/repeated-rows.ts'
import { smallPlan, stagesInProcess } from '../loop/stages-in-process.ts'

const engine = stagesInProcess()
const home = mkdtempSync(join(tmpdir(), 'spin-adapter-loop-'))
const base = join(home, 'base')
const data = join(home, 'data.jsonl')
beforeAll(() => {
  cpSync(join(import.meta.dirname, '../../golden/tied/model'), base, { recursive: true })
  writeRepeats(data, 16)
})
afterAll(() => rmSync(home, { recursive: true }))

function setupOf(adapter: object): LoopSetup {
  const training = {
    nllWeight: 0.5,
    adapter: { rank: 4, alpha: 8, ...adapter },
    checkpointEverySteps: 1,
  }
  return LoopSetup.parse({
    modelDir: base,
    data: { kind: 'import', sources: [data], testShare: 0.25 },
    plan: smallPlan(training, { samplesPerPrompt: 1 }, {}),
  })
}

let projects = 0
async function loop(
  setup: LoopSetup,
  projectDir = join(home, `project-${projects++}`),
  stopAt?: (e: LoopEvent) => boolean,
) {
  const store = openStore({ path: join(projectDir, '..', `${projects}.sqlite`) })
  const stop = new AbortController()
  const events: LoopEvent[] = []
  try {
    const outcome = await runLoop({
      store,
      engine,
      projectDir,
      setup,
      signal: stop.signal,
      onEvent: (event) => {
        events.push(event)
        if (stopAt?.(event)) stop.abort()
      },
    })
    return { outcome, events, projectDir }
  } finally {
    store.close()
  }
}
const step0Losses = (events: readonly LoopEvent[]): number[] =>
  events.flatMap((e) =>
    e.kind === 'engine' && e.event.kind === 'step' && e.event.step === 0 ? [e.event.spinLoss] : [],
  )

describe.each([
  ['LoRA', {}],
  ['QLoRA in 4 bits, with dropout', { baseWeights: 'int4', dropout: 0.1 }],
])('two iterations of %s', (_, adapter) => {
  let outcome: LoopOutcome

  test('each is one adapter on the untouched base; both show ln 2 against base + the adapter before', async () => {
    const before = readFileSync(join(base, 'model.safetensors'))
    const run = await loop(setupOf(adapter))
    outcome = run.outcome
    expect(outcome.iterations).toHaveLength(2)
    const losses = step0Losses(run.events)
    expect(losses).toHaveLength(2)
    for (const loss of losses) expect(Math.abs(loss - Math.LN2)).toBeLessThan(1e-5)
    const folders = await Promise.all(outcome.iterations.map((i) => openModelFolder(i.finetune!.modelDir)))
    for (const folder of folders)
      expect(folder).toMatchObject({ baseDir: base, adapter: { rank: 4, alpha: 8 } })
    expect(folders[0]!.adapter!.tensors).not.toEqual(folders[1]!.adapter!.tensors)
    expect(readFileSync(join(base, 'model.safetensors'))).toEqual(before)
    for (const { evaluation } of outcome.iterations) expect(Number.isFinite(evaluation!.kl)).toBe(true)
  })

  test('stopped in the second training and run again, it ends with the same adapters', async () => {
    const projectDir = join(home, `stopped-${projects++}`)
    const isSecondTraining = (e: LoopEvent) =>
      e.kind === 'engine' && e.iteration === 1 && e.event.kind === 'step' && e.event.step === 1
    await expect(loop(setupOf(adapter), projectDir, isSecondTraining)).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    const resumed = await loop(setupOf(adapter), projectDir)
    expect(sha256sOf(resumed.outcome)).toEqual(sha256sOf(outcome))
  })

  test('exported, the last adapter folder is a whole model with the merged weights', async () => {
    const { modelDir } = outcome.iterations[1]!.finetune!
    const outPath = join(home, `exported-${projects++}`)
    const request = ExportRequest.parse({ modelDir, outPath, format: 'huggingface' })
    for await (const _event of exportStage(request, new AbortController().signal)) void _event
    const merged = mergedWeights(await openModelFolder(modelDir))
    const exported = await openModelFolder(outPath)
    expect(exported.adapter).toBeNull()
    for (const name of merged.tensors.keys()) expect(exported.weights.read(name)).toEqual(merged.read(name))
  })
})

const sha256sOf = ({ iterations }: LoopOutcome) => iterations.map(({ finetune }) => finetune!.modelSha256)
