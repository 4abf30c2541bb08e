import { join } from 'node:path'
import { EvaluationResult } from '../../../src/contract/engine.ts'
import { workstationPlan } from '../../../src/contract/presets.ts'
import { LoopSetup } from '../../../src/contract/project.ts'
import { openStore, type Store } from '../../../src/main/store/store.ts'

/** What must not leave the machine: names, paths and texts that occur nowhere else. */
export const secrets = [
  'Ottoline',
  'Zanzibar',
  'grandmother',
  'rhubarb',
  'letters_2019',
  'Vermilion-7B',
  'quartermaster',
] as const

/** A failed run of a person who names everything after private things. */
export function recordPrivateRun(dataDir: string): Store {
  const store = openStore({ path: join(dataDir, 'app.sqlite') })
  const at = Date.UTC(2026, 10, 20)
  const dir = '/home/Ottoline/Zanzibar clinic'
  const setup = LoopSetup.parse({
    modelDir: '/home/Ottoline/models/Vermilion-7B',
    data: { kind: 'import', sources: ['/home/Ottoline/letters_2019.jsonl'] },
    plan: workstationPlan({ parameters: 1e6, rows: 4000, checkable: true }),
  })
  store.saveProject({ id: 'p1', dir, name: 'Zanzibar clinic', createdAt: at, updatedAt: at })
  store.saveDataset({
    projectId: 'p1',
    trainPath: `${dir}/data/train.parquet`,
    testPath: `${dir}/data/test.parquet`,
    trainRows: 4000,
    testRows: 400,
    sha256: 'a'.repeat(64),
    source: JSON.stringify({ first: 'Dear grandmother, the rhubarb is in' }),
    createdAt: at,
  })
  const runId = store.createRun({ projectId: 'p1', setup: JSON.stringify(setup), seed: 42, createdAt: at })
  store.startRun(runId, at)
  const key = { runId, iteration: -1, name: 'evaluate' } as const
  store.startStage(key, JSON.stringify({ prompt: 'Dear grandmother' }), at)
  store.addStageSeconds(key, 12, at)
  store.stopStage(key, 'failed', 'DISK_FULL', `No room for ${dir}/iter-0`, at)
  store.saveEvaluation(
    runId,
    -1,
    EvaluationResult.parse({
      kind: 'done',
      rows: 400,
      greedy: 0.6,
      sampled: 0.5,
      temperature: 1,
      heldOutLoss: null,
      heldOutNll: 1.2,
      rewardAccuracy: null,
      margin: null,
      kl: null,
      meanTokensReal: 17,
      meanTokensGreedy: 16,
      cappedShare: 0,
      byKind: {},
      answersPath: `${dir}/answers.jsonl`,
      seconds: 12,
    }),
    at,
  )
  store.saveEvent({ runId, createdAt: at, level: 'error', message: `Disk full at ${dir}`, data: '{}' })
  store.interruptRun(runId, 'failed', 'DISK_FULL', `The disk of ${dir} is full`)
  return store
}

/** Lines as an engine's stderr has them when it stumbles over a person's row. */
export const privateLog = [
  'Unexpected error 1f2e3d4c: SyntaxError: Unexpected token \'D\', "Dear grandm"... is not valid JSON',
  'SyntaxError: Unexpected token, ""Dear grandmother, rhubarb"" is not valid JSON',
  '    at JSON.parse (<anonymous>)',
  '    at readRow (file:///home/Ottoline/spin-studio/src/engine/data/dataset-rows.ts:41:18)',
  '    at async quartermaster (/home/Ottoline/tools/quartermaster.mjs:3:9)',
  '    at Module._compile (node:internal/modules/cjs/loader:1554:14)',
  "  code: 'DISK_FULL',",
  "  path: '/home/Ottoline/Zanzibar clinic/rhubarb.jsonl'",
  'Dear grandmother, the rhubarb is in',
  'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  "terminate called after throwing an instance of 'Ort::Exception'",
  '  what():  Load model from /home/Ottoline/models/Vermilion-7B failed',
  "2026-11-20 09:00:00.1 [E:onnxruntime:, sequential_executor.cc:516 ExecuteKernel] Non-zero status code returned while running MatMul node. Name:'rhubarb'",
]
