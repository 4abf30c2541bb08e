import { basename } from 'node:path'
import { z } from 'zod'
import {
  EvaluateRequest,
  EvaluationResult,
  FinetuneRequest,
  FinetuneResult,
  GatherRequest,
  GatherResult,
  GenerateRequest,
  GenerateResult,
  ImportRequest,
  ImportResult,
} from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { IterationPlan } from '../../contract/loop.ts'
import { baseIteration, sftIteration } from '../../contract/project.ts'
import type { LoopSetup } from '../../contract/project.ts'
import { pairScoresName } from '../../contract/samples-engine.ts'
import type { TrainingSettings } from '../../contract/settings.ts'
import type { EngineAccess, StageStream, StreamEvent } from './engine-access.ts'
import type { IterationLayout, ProjectLayout } from './project-layout.ts'
import type { EngineEvent, StageSpec } from './run-stage.ts'
import { filesUnder } from './stage-outputs.ts'
import { cardName } from './write-model-card.ts'

export interface DataFiles {
  trainPath: string
  testPath: string
  trainSha256: string
  testSha256: string
}
export interface ModelRef {
  dir: string
  sha256: string
}

/** Reads a stream to its end, passes its events on, and returns the result of its `done` event. */
async function drain<N extends StageStream>(
  engine: EngineAccess,
  name: N,
  input: Parameters<typeof engine.stream<N>>[1],
  signal: AbortSignal | undefined,
  relay: (event: EngineEvent) => void,
): Promise<Extract<StreamEvent<N>, { kind: 'done' }>> {
  let result: Extract<StreamEvent<N>, { kind: 'done' }> | undefined
  for await (const event of engine.stream(name, input, signal ? { signal } : {})) {
    relay(event)
    if (event.kind === 'done') result = event as Extract<StreamEvent<N>, { kind: 'done' }>
  }
  if (result) return result
  throw new AppError(
    'INTERNAL',
    `The engine ended "${name}" without a result: expected a "done" event as its last.`,
  )
}

const Generated = z.object({ train: GenerateResult, test: GenerateResult })
const GenerateBoth = z.object({ train: GenerateRequest, test: GenerateRequest })

/** One function a stage: its request, what it reads, what it leaves. */
export function createStages({
  engine,
  setup,
  layout,
  signal,
}: {
  engine: EngineAccess
  setup: LoopSetup
  layout: ProjectLayout
  signal: AbortSignal | undefined
}) {
  const { plan } = setup

  function reformat(source: Extract<LoopSetup['data'], { kind: 'import' }>) {
    const { kind: _kind, ...options } = source
    return {
      iteration: baseIteration,
      name: 'reformat' as const,
      request: ImportRequest.parse({ ...options, outDir: layout.data }),
      schema: ImportRequest,
      inputs: {},
      folders: [layout.data],
      wholeFolders: [layout.data],
      result: ImportResult,
      run: (request, relay) => drain(engine, 'importDataset', request, signal, relay),
      outputs: (result) => [result.trainPath, result.testPath],
    } satisfies StageSpec<z.output<typeof ImportRequest>, ImportResult>
  }

  /** Both splits: held-out pairs need the same opponent's answers. */
  function generate(
    iteration: number,
    at: IterationLayout,
    start: ModelRef,
    data: DataFiles,
    { generation, training }: IterationPlan,
  ) {
    const request = (split: 'train' | 'test', dataPath: string) =>
      GenerateRequest.parse({
        modelDir: start.dir,
        dataPath,
        outDir: at.generated,
        split,
        fracLen: plan.fracLen,
        settings: generation,
        baseWeights: training.adapter?.baseWeights,
      })
    return {
      iteration,
      name: 'generate' as const,
      request: { train: request('train', data.trainPath), test: request('test', data.testPath) },
      schema: GenerateBoth,
      inputs: { model: start.sha256, train: data.trainSha256, test: data.testSha256 },
      folders: [at.generated],
      wholeFolders: [],
      result: Generated,
      run: async (asked, relay) => {
        const train = await drain(engine, 'generate', asked.train, signal, relay)
        const { contextLength } = train // of both splits: the held-out pairs are compared with the others
        const test = await drain(engine, 'generate', { ...asked.test, contextLength }, signal, relay)
        return { train, test }
      },
      outputs: ({ train, test }) => [...train.fractions, ...test.fractions].map((fraction) => fraction.path),
    } satisfies StageSpec<z.output<typeof GenerateBoth>, z.output<typeof Generated>>
  }

  function gather(iteration: number, at: IterationLayout, generated: z.output<typeof Generated>) {
    return {
      iteration,
      name: 'gather' as const,
      request: GatherRequest.parse({ inputDir: at.generated, outDir: at.pairs, gates: plan.gates }),
      schema: GatherRequest,
      inputs: { train: generated.train.sha256, test: generated.test.sha256 },
      folders: [at.pairs],
      wholeFolders: [at.pairs],
      result: GatherResult,
      run: (request) => engine.call('gather', request, signal ? { signal } : {}),
      outputs: (result) =>
        result.testPath === null ? [result.trainPath] : [result.trainPath, result.testPath],
    } satisfies StageSpec<z.output<typeof GatherRequest>, GatherResult>
  }

  /** `previous` = the pairs of the iteration before; mixed in first, as the official configs list them. */
  function finetune(
    iteration: number,
    at: IterationLayout,
    start: ModelRef,
    pairs: GatherResult,
    previous: GatherResult | null,
    iterationPlan: IterationPlan,
    { contextLength }: Pick<GenerateResult, 'contextLength'>,
  ) {
    const { training, currentFraction, previousFraction } = iterationPlan
    const sources = [
      ...(previous && previousFraction > 0 ? [{ path: previous.trainPath, fraction: previousFraction }] : []),
      { path: pairs.trainPath, fraction: currentFraction },
    ]
    const inputs = {
      model: start.sha256,
      pairs: pairs.sha256,
      previous: previous && previousFraction > 0 ? previous.sha256 : '',
    }
    const asked = { modelDir: start.dir, sources, heldOutPath: pairs.testPath, settings: training }
    return {
      ...trainingStage(iteration, at, { ...asked, contextLength }, inputs),
      finalErrors: ['GUARD_STOPPED'],
    } satisfies StageSpec<z.output<typeof FinetuneRequest>, FinetuneResult>
  }

  /** The human answers of these pairs, without an opponent. */
  function sft(
    at: ProjectLayout['sft'],
    base: ModelRef,
    pairs: readonly GatherResult[],
    settings: TrainingSettings,
    { contextLength }: Pick<GenerateResult, 'contextLength'>,
  ) {
    const sources = pairs.map(({ trainPath }) => ({ path: trainPath, fraction: 1 }))
    const asked = { modelDir: base.dir, sources, heldOutPath: null, settings, contextLength }
    return trainingStage(sftIteration, at, asked, {
      model: base.sha256,
      ...Object.fromEntries(pairs.map(({ sha256 }, i) => [`pairs ${i}`, sha256])),
    })
  }

  function trainingStage(
    iteration: number,
    at: ProjectLayout['sft'],
    {
      contextLength,
      ...asked
    }: Pick<z.input<typeof FinetuneRequest>, 'modelDir' | 'sources' | 'heldOutPath' | 'settings'> &
      Pick<GenerateResult, 'contextLength'>,
    inputs: Record<string, string>,
  ) {
    return {
      iteration,
      name: 'finetune' as const,
      request: FinetuneRequest.parse({
        ...asked,
        workDir: at.train,
        outDir: at.model,
        gates: plan.gates,
        ...(contextLength === undefined ? {} : { contextLength }),
      }),
      schema: FinetuneRequest,
      inputs,
      folders: [at.train, at.model],
      wholeFolders: [at.model],
      result: FinetuneResult,
      run: (request, relay) => drain(engine, 'finetune', request, signal, relay),
      // The card tells of the evaluation too, so it is written after that (see write-model-card.ts).
      outputs: async (result) =>
        (await filesUnder(result.modelDir)).filter((path) => basename(path) !== cardName),
    } satisfies StageSpec<z.output<typeof FinetuneRequest>, FinetuneResult>
  }

  /** Against the opponent that the iteration started from; the base against itself. */
  function evaluate(
    iteration: number,
    outDir: string,
    model: ModelRef,
    data: DataFiles,
    against: { opponent: ModelRef; pairs: GatherResult } | null,
  ) {
    const training = plan.iterations[Math.max(0, iteration)]?.training
    return {
      iteration,
      name: 'evaluate' as const,
      request: EvaluateRequest.parse({
        modelDir: model.dir,
        opponentDir: against?.opponent.dir ?? null,
        dataPath: data.testPath,
        heldOutPairsPath: against?.pairs.testPath ?? null,
        outDir,
        beta: training?.beta,
        promptFormat: training?.promptFormat,
        settings: plan.evaluation,
      }),
      schema: EvaluateRequest,
      inputs: {
        model: model.sha256,
        opponent: against?.opponent.sha256 ?? '',
        test: data.testSha256,
        pairs: against?.pairs.sha256 ?? '',
      },
      folders: [outDir],
      wholeFolders: [outDir],
      result: EvaluationResult,
      run: (request, relay) => drain(engine, 'evaluate', request, signal, relay),
      outputs: async (result) => {
        // Older evaluations have no scores of pairs and are as finished as they were.
        const beside = (await filesUnder(outDir)).filter((path) =>
          ['result.json', pairScoresName].includes(basename(path)),
        )
        return [result.answersPath, ...beside]
      },
    } satisfies StageSpec<z.output<typeof EvaluateRequest>, EvaluationResult>
  }

  return { reformat, generate, gather, finetune, sft, evaluate }
}
