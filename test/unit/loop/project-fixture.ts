import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { LoopSetup } from '../../../src/contract/project.ts'
import type { LoopEvent } from '../../../src/contract/project.ts'
import { runLoop } from '../../../src/main/loop/run-loop.ts'
import { openStore } from '../../../src/main/store/store.ts'
import { folderOfTest } from '../../temp-folder.ts'
import { createBaseModel, createScriptedEngine } from './scripted-engine.ts'
import type { Script, ScriptedEngine } from './scripted-engine.ts'

export function temporaryFolder(): string {
  const dir = folderOfTest('loop')
  return dir
}

/** A base model, ten rows, and a plan of `iterations`; the same bytes in every folder. */
export function createSetup(
  home: string,
  iterations: number,
  stopRule: object = { score: 'sampled', patience: 9 },
): LoopSetup {
  const rows = join(home, 'rows.jsonl')
  writeFileSync(rows, Array.from({ length: 10 }, (_, i) => `row ${i}`).join('\n'))
  return LoopSetup.parse({
    modelDir: createBaseModel(join(home, 'base-model')),
    data: { kind: 'import', sources: [rows] },
    plan: {
      preset: 'custom',
      fracLen: 3,
      stopRule,
      iterations: Array.from({ length: iterations }, (_, i) => ({
        generation: {},
        training: { beta: 0.1 * (i + 1), optimizer: { lr: 1e-4 / (i + 1) }, schedule: {} },
      })),
    },
  })
}

export interface Attempt {
  engine: ScriptedEngine
  events: LoopEvent[]
}

/** One run of the command: its own connection to the database, its own engine. */
export async function attempt(
  home: string,
  setup: LoopSetup | undefined,
  script: Script,
  signal?: AbortSignal,
  project = 'project',
) {
  const store = openStore({ path: join(home, 'app.sqlite') })
  const engine = createScriptedEngine(script)
  const events: LoopEvent[] = []
  try {
    const outcome = await runLoop({
      store,
      engine,
      projectDir: join(home, project),
      setup,
      signal,
      onEvent: (event) => events.push(event),
    })
    return { outcome, engine, events, error: null }
  } catch (error) {
    return {
      outcome: null,
      engine,
      events,
      error: error as Error & { code?: string; data?: Record<string, unknown> },
    }
  } finally {
    store.close()
  }
}

/** sha256 of every file a project keeps, by its path; the run's own record and set-aside files apart. */
export function filesOf(projectDir: string): Record<string, string> {
  const files: Record<string, string> = {}
  for (const entry of readdirSync(projectDir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (
      !entry.isFile() ||
      path.includes('set-aside') ||
      entry.name === 'project.json' ||
      entry.name === 'result.json'
    )
      continue
    files[relative(projectDir, path)] = createHash('sha256').update(readFileSync(path)).digest('hex')
  }
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The record of a run without times, ids and attempts: what must not depend on interruptions. */
export function recordOf(home: string, runId: number) {
  const store = openStore({ path: join(home, 'app.sqlite') })
  try {
    const iterations = store.iterations(runId)
    const run = store.run(runId)
    return {
      run: { state: run?.state, best: run?.bestIteration, reason: run?.reason },
      iterations: iterations.map(
        ({ updatedAt: _at, startDir: _start, modelDir: _model, runId: _run, ...rest }) => rest,
      ),
      stages: store.stages(runId).map(({ iteration, name, state }) => ({ iteration, name, state })),
      metrics: iterations.map(({ iteration }) => store.metricsPage(runId, iteration, 1000)),
      fractions: iterations.map(({ iteration }) =>
        store.fractions(runId, iteration).map(({ path, sha256 }) => ({ path, sha256 })),
      ),
      evaluations: store
        .evaluations(runId)
        .map(({ iteration, sampled, heldOutNll }) => ({ iteration, sampled, heldOutNll })),
    }
  } finally {
    store.close()
  }
}
