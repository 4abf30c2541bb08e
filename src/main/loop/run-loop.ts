import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { AppError } from '../../contract/errors.ts'
import { baseIteration, LoopSetup } from '../../contract/project.ts'
import type {
  Candidate,
  Decision,
  IterationOutcome,
  LoopEvent,
  LoopOutcome,
  ProjectDocument,
} from '../../contract/project.ts'
import type { Store } from '../store/store.ts'
import { checkStopRule, decide, decideWithoutModel, scoreOf } from './decide.ts'
import type { EngineAccess } from './engine-access.ts'
import { agreeOnSetup, openRun } from './open-run.ts'
import { canonicalJson, toPortable } from './portable-paths.ts'
import { prepareData } from './prepare-data.ts'
import { readProjectFile, writeProjectFile } from './project-file.ts'
import { projectLayout } from './project-layout.ts'
import type { ProjectLayout } from './project-layout.ts'
import { acquireProjectLock } from './project-lock.ts'
import { recordRun } from './record-run.ts'
import { runIteration } from './run-iteration.ts'
import { runSftComparison } from './run-sft-comparison.ts'
import { runStage } from './run-stage.ts'
import type { StageContext } from './run-stage.ts'
import { createStages } from './stages.ts'

export interface RunLoopOptions {
  store: Store
  engine: EngineAccess
  projectDir: string
  /** What to run; absent = what the folder's project.json says. Checked against the folder's own where both are there. */
  setup?: LoopSetup | undefined
  name?: string | undefined // of a new project; default: the folder's name
  signal?: AbortSignal | undefined
  onEvent?: ((event: LoopEvent) => void) | undefined
}

/**
 * The self-play loop of a project folder, from wherever it stands to its end: reformat, evaluate the base, then for
 * each iteration generate → gather → finetune → evaluate → decide. The same call again after any interruption
 * continues: finished stages whose files still have their recorded bytes are taken as they are. A finished loop
 * returns its outcome without asking the engine for a stage. Nothing is deleted.
 * Throws FILE_EXISTS (another setup, changed base or data), BUSY (another process runs it), BAD_INPUT, CANCELLED,
 * and what the engine throws; the run is then recorded as failed or, after CANCELLED, as paused.
 */
export async function runLoop({
  store,
  engine,
  signal,
  onEvent = () => undefined,
  name,
  ...options
}: RunLoopOptions): Promise<LoopOutcome> {
  const projectDir = resolve(options.projectDir)
  const layout = projectLayout(projectDir)
  mkdirSync(projectDir, { recursive: true })
  const release = acquireProjectLock(layout.lock)
  try {
    const existing = await readProjectFile(layout.file)
    const asked = options.setup && LoopSetup.parse(options.setup)
    const setup = agreeOnSetup({ store, projectDir, document: existing, asked })
    checkStopRule(setup.plan)
    const base = await engine.call('inspectModel', { dir: setup.modelDir }, signal ? { signal } : {})
    const { runId, document } = await openRun({
      store,
      projectDir,
      layout,
      document: existing,
      setup,
      name,
      base,
    })
    const context: StageContext = { store, runId, projectDir, signal, onEvent }
    return await recordRun(context, () =>
      iterate({ context, engine, setup, layout, document, baseSha256: base.sha256 }),
    )
  } finally {
    release()
  }
}

async function iterate({
  context,
  engine,
  setup,
  layout,
  document,
  baseSha256,
}: {
  context: StageContext
  engine: EngineAccess
  setup: LoopSetup
  layout: ProjectLayout
  document: ProjectDocument
  baseSha256: string
}): Promise<LoopOutcome> {
  const { store, runId, projectDir, signal, onEvent } = context
  const { stopRule, iterations: planned } = setup.plan
  const stages = createStages({ engine, setup, layout, signal })
  const data = await prepareData({ context, stages, setup, document })
  const base = { dir: setup.modelDir, sha256: baseSha256 }

  const baseRun = await runStage(
    context,
    stages.evaluate(baseIteration, layout.baseEvaluation, base, data, null),
  )
  const candidates: Candidate[] = [
    {
      iteration: baseIteration,
      modelDir: base.dir,
      modelSha256: base.sha256,
      score: scoreOf(stopRule, baseRun.result),
    },
  ]
  store.transaction(() => {
    store.saveEvaluation(runId, baseIteration, baseRun.result, Date.now())
    store.saveIteration({
      runId,
      iteration: baseIteration,
      state: 'done',
      lr: null,
      beta: null,
      startDir: null,
      startSha256: null,
      modelDir: toPortable(base.dir, projectDir) as string,
      modelSha256: base.sha256,
      score: candidates[0]?.score ?? null,
      decision: null,
      updatedAt: Date.now(),
    })
  })
  await save({ state: 'started', dataSha256: data.sha256 })

  const outcomes: IterationOutcome[] = []
  let start = base
  for (const [iteration, plan] of planned.entries()) {
    const at = layout.iteration(iteration)
    const previous = outcomes.at(-1)?.gather ?? null
    const made = await runIteration({
      context,
      engine,
      stages,
      iteration,
      at,
      start,
      data,
      plan,
      previous,
      base: { setup, baseSha256 },
    })
    if (made.model) {
      candidates.push({
        iteration,
        modelDir: made.model.dir,
        modelSha256: made.model.sha256,
        score: scoreOf(stopRule, made.model.evaluation),
      })
    }
    const decision = made.model
      ? decide(stopRule, candidates, planned.length)
      : decideWithoutModel(stopRule, candidates, iteration, made.failure)
    recordDecision(decision, iteration, start, made.model, plan.training.optimizer.lr, plan.training.beta)
    outcomes.push({
      iteration,
      startModelDir: start.dir,
      generate: made.generate,
      gather: made.gather,
      finetune: made.model?.finetune ?? null,
      evaluation: made.model?.evaluation ?? null,
      decision,
      seconds: made.seconds,
    })
    await save({ state: 'started' })
    if (decision.action === 'stop') break
    const from = candidateOf(decision.startFrom)
    start = { dir: from.modelDir, sha256: from.modelSha256 }
  }

  const last = outcomes.at(-1)
  if (!last) throw new AppError('INTERNAL', 'Expected one planned iteration at least, found none.')
  const best = candidateOf(last.decision.best)
  const sft = setup.plan.compareSft
    ? await runSftComparison({ context, stages, layout, plan: setup.plan, base, data, outcomes })
    : null
  const { reason } = last.decision
  // project.json first: a run that the database calls finished has named its best model on disk.
  await save({ state: 'finished', best, reason })
  store.finishRun(runId, best.iteration, reason, Date.now())
  return {
    runId,
    projectDir,
    trainPath: data.trainPath,
    testPath: data.testPath,
    base: {
      modelDir: base.dir,
      modelSha256: base.sha256,
      evaluation: baseRun.result,
      seconds: baseRun.seconds,
    },
    iterations: outcomes,
    sft,
    best,
    reason,
  }

  function candidateOf(iteration: number): Candidate {
    const found = candidates.find((candidate) => candidate.iteration === iteration)
    if (!found) throw new AppError('INTERNAL', `Expected a model of iteration ${iteration}, found none.`)
    return found
  }

  async function save(changes: Partial<ProjectDocument>): Promise<void> {
    // A replay of a finished loop must not open it again on disk.
    if (document.state === 'finished' && changes.state === 'started') return
    if (document.state === 'finished' && document.best?.modelSha256 === changes.best?.modelSha256) return
    Object.assign(document, { candidates: [...candidates], ...changes, updatedAt: new Date().toISOString() })
    writeProjectFile(layout.file, document)
  }

  function recordDecision(
    decision: Decision,
    iteration: number,
    from: { dir: string; sha256: string },
    model: { dir: string; sha256: string } | null,
    lr: number,
    beta: number,
  ): void {
    const json = canonicalJson(decision)
    const known = store.iterations(runId).find((row) => row.iteration === iteration)
    store.transaction(() => {
      store.saveIteration({
        runId,
        iteration,
        state: model ? 'done' : 'discarded',
        lr,
        beta,
        startDir: toPortable(from.dir, projectDir) as string,
        startSha256: from.sha256,
        modelDir: model && (toPortable(model.dir, projectDir) as string),
        modelSha256: model?.sha256 ?? null,
        score: candidates.find((c) => c.iteration === iteration)?.score ?? null,
        decision: json,
        updatedAt: Date.now(),
      })
      if (known?.decision !== json) {
        store.saveEvent({
          runId,
          createdAt: Date.now(),
          level: 'info',
          message: decision.reason,
          data: JSON.stringify({ iteration, good: decision.improved }),
        })
      }
    })
    onEvent({ kind: 'decision', iteration, decision })
  }
}
