import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type {
  DeviceEvent,
  EngineDescription,
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
  ModelCard,
  StepMetrics,
} from '../../../src/contract/engine.ts'
import { AppError } from '../../../src/contract/errors.ts'
import type { ModelLineage } from '../../../src/contract/lineage.ts'
import type { EngineAccess } from '../../../src/main/loop/engine-access.ts'

/**
 * A double at the process boundary, for the state machine's decisions only: stages that write small files by the
 * contract's rules (idempotent, deterministic, folders whole) and score models from a table. It knows no mathematics.
 */
export interface Script {
  /** Score of the base and of each iteration's model: share of valid sampled answers; the NLL is 2 − score. */
  scores: readonly number[]
  /** Called between any two things the engine does; throw or abort here. */
  point?: (name: string) => void
  /** Iteration whose training ends without a model. */
  guardStops?: number
  /** Another machine, whose arithmetic answers differently. */
  salt?: string
}

export interface ScriptedEngine extends EngineAccess {
  /** Every request that reached the engine, as `generate iter-0 train`. */
  asked: string[]
  requests: { name: string; input: unknown }[]
}

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')

function write(path: string, text: string): string {
  writeFileSync(path, text)
  return sha256(text)
}

const rowsOf = (path: string): string[] => readFileSync(path, 'utf8').trim().split('\n')

export function createBaseModel(dir: string): string {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'config.json'), '{}')
  writeFileSync(join(dir, 'model.safetensors'), JSON.stringify({ depth: 0 }))
  return dir
}

export function createScriptedEngine({
  scores,
  point: onPoint = () => undefined,
  guardStops,
  salt = '',
}: Script): ScriptedEngine {
  const asked: string[] = []
  const requests: ScriptedEngine['requests'] = []
  const point = (name: string): void => onPoint(name)

  async function* importDataset(r: ImportRequest): AsyncGenerator<ImportResult> {
    asked.push('reformat')
    point('reformat start')
    mkdirSync(r.outDir, { recursive: true })
    const rows = r.sources.flatMap(rowsOf)
    const trainPath = join(r.outDir, 'train.parquet')
    const testPath = join(r.outDir, 'test.parquet')
    writeFileSync(trainPath, rows.slice(0, -2).join('\n'))
    point('reformat half')
    writeFileSync(testPath, rows.slice(-2).join('\n'))
    yield {
      kind: 'done',
      mapping: { format: 'prompt-response', columns: {} },
      trainPath,
      testPath,
      trainRows: rows.length - 2,
      testRows: 2,
      readRows: rows.length,
      dropped: {},
      examples: [],
    }
  }

  async function* generate(r: GenerateRequest) {
    asked.push(`generate ${basename(join(r.outDir, '..'))} ${r.split}`)
    point('generate start')
    mkdirSync(r.outDir, { recursive: true })
    const model = readFileSync(join(r.modelDir, 'model.safetensors'), 'utf8')
    const rows = rowsOf(r.dataPath)
    const size = r.fracLen || rows.length
    const fractions: GenerateResult['fractions'] = []
    yield { kind: 'device' as const, work: 'answers' as const, id: 'cpu' }
    for (let index = 0; index * size < rows.length; index++) {
      const path = join(r.outDir, `loser_${index}${r.split === 'test' ? '_test' : ''}.jsonl`)
      const part = rows.slice(index * size, (index + 1) * size)
      const text = part.map((row) => `${row} → ${sha256(salt + model + row).slice(0, 6)}`).join('\n')
      const fraction = {
        split: r.split,
        index,
        path,
        rows: part.length,
        sha256: sha256(text),
        capped: 0,
        empty: 0,
        generatedTokens: 6 * part.length,
      }
      if (!existsSync(path)) write(path, text)
      fractions.push(fraction)
      point('generate fraction')
      yield { kind: 'fraction' as const, ...fraction }
    }
    yield {
      kind: 'done' as const,
      fractions,
      sha256: sha256(fractions.map((f) => f.sha256).join()),
      modelSha256: sha256(model),
    }
  }

  async function gather(r: GatherRequest): Promise<GatherResult> {
    asked.push(`gather ${basename(join(r.inputDir, '..'))}`)
    point('gather start')
    mkdirSync(r.outDir, { recursive: true })
    const audit = {
      rows: 4,
      duplicates: 0,
      equal: 0,
      capped: 0,
      empty: 0,
      medianRealCharacters: 1,
      medianGeneratedCharacters: 6,
    }
    const read = (end: string): string => {
      let text = ''
      for (let i = 0; existsSync(join(r.inputDir, `loser_${i}${end}.jsonl`)); i++)
        text += readFileSync(join(r.inputDir, `loser_${i}${end}.jsonl`), 'utf8')
      return text
    }
    const trainPath = join(r.outDir, 'train_prefs-00000-of-00001.parquet')
    const testPath = join(r.outDir, 'test_prefs-00000-of-00001.parquet')
    const train = write(trainPath, read(''))
    point('gather half')
    const test = write(testPath, read('_test'))
    return {
      kind: 'done',
      trainPath,
      testPath,
      train: audit,
      test: audit,
      sha256: sha256(train + test),
      warnings: ['some answers are long'],
    }
  }

  async function* finetune(r: FinetuneRequest): AsyncGenerator<DeviceEvent | StepMetrics | FinetuneResult> {
    const iteration = basename(join(r.outDir, '..'))
    asked.push(`finetune ${iteration}`)
    point('finetune start')
    if (iteration === `iter-${guardStops}`)
      throw new AppError('GUARD_STOPPED', 'The real answers lost 3 nats.')
    const { depth } = JSON.parse(readFileSync(join(r.modelDir, 'model.safetensors'), 'utf8')) as {
      depth: number
    }
    const checkpoint = join(r.workDir, 'checkpoint.json')
    mkdirSync(r.workDir, { recursive: true })
    const begin = existsSync(checkpoint)
      ? (JSON.parse(readFileSync(checkpoint, 'utf8')) as { step: number }).step
      : 0
    yield { kind: 'device', work: 'training', id: 'cuda:1' }
    for (let step = 0; step <= 4; step++) {
      if (step === 2) write(checkpoint, JSON.stringify({ step }))
      if (step >= begin) point('finetune step') // the steps before the checkpoint are only told again
      yield {
        kind: 'step',
        step,
        totalSteps: 4,
        epoch: step / 4,
        loss: Math.LN2 - step / 10,
        spinLoss: Math.LN2 - step / 10,
        nll: 1,
        rewardReal: 0,
        rewardGenerated: 0,
        margin: 0,
        accuracy: 0.5,
        logpReal: -1,
        logpGenerated: -1,
        realShift: 0,
        eosShift: 0,
        entropy: 1,
        kl: 0,
        klPerToken: 0,
        gradNorm: 1,
        lr: r.settings.optimizer.lr,
        tokensPerSecond: 100,
        stepMs: 1,
      }
    }
    const pairs = r.sources.map((source) => `${readFileSync(source.path, 'utf8')}×${source.fraction}`).join()
    mkdirSync(r.outDir, { recursive: true })
    writeFileSync(join(r.outDir, 'config.json'), '{}')
    const text = JSON.stringify({ depth: depth + 1, from: sha256(pairs + JSON.stringify(r.settings)) })
    const modelSha256 = write(join(r.outDir, 'model.safetensors'), text)
    point('finetune saved')
    yield {
      kind: 'done',
      modelDir: r.outDir,
      modelSha256,
      steps: 4,
      step0Loss: Math.LN2,
      lastLoss: 0.3,
      lastNll: 1,
      stoppedBy: null,
      savedStep: 4,
      pairs: 4,
      nllOnlyRows: 0,
      seconds: 0.1,
    }
  }

  async function* evaluate(r: EvaluateRequest): AsyncGenerator<EvaluationResult> {
    asked.push(`evaluate ${basename(join(r.outDir, '..'))}`)
    point('evaluate start')
    const { depth } = JSON.parse(readFileSync(join(r.modelDir, 'model.safetensors'), 'utf8')) as {
      depth: number
    }
    const score = scores[depth]
    if (score === undefined) throw new Error(`no score in the script for a model of depth ${depth}`)
    mkdirSync(r.outDir, { recursive: true })
    const answersPath = join(r.outDir, 'answers.jsonl')
    write(answersPath, `answers at ${score}`)
    point('evaluate half')
    const result: EvaluationResult = {
      kind: 'done',
      rows: 2,
      greedy: score,
      sampled: score,
      temperature: 1,
      heldOutLoss: r.heldOutPairsPath ? 0.6 : null,
      heldOutNll: 2 - score,
      rewardAccuracy: 0.5,
      margin: 0,
      kl: 0,
      meanTokensReal: 5,
      meanTokensGreedy: 5,
      cappedShare: 0,
      byKind: {},
      answersPath,
      seconds: 0.1,
    }
    writeFileSync(join(r.outDir, 'result.json'), JSON.stringify(result))
    yield result
  }

  const inspectModel = async ({ dir }: { dir: string }): Promise<ModelCard> => {
    const weights = readFileSync(join(dir, 'model.safetensors'))
    return {
      dir,
      family: 'llama',
      architecture: 'LlamaForCausalLM',
      parameters: 1000,
      layers: 1,
      hidden: 8,
      heads: 1,
      kvHeads: 1,
      vocab: 16,
      context: 64,
      dtype: 'F32',
      tiedEmbeddings: true,
      eosTokens: ['</s>'],
      sha256: sha256(weights),
      bytes: weights.length,
      templateSample: '',
      template: null,
      license: null,
      adapter: null,
      warnings: [],
    }
  }
  const stopped = (signal?: AbortSignal): void => {
    if (signal?.aborted) throw new AppError('CANCELLED', 'The operation was cancelled')
  }
  const streams = { importDataset, generate, finetune, evaluate } as unknown as Record<
    string,
    (input: unknown) => AsyncIterable<never>
  >
  const describe = async (): Promise<Pick<EngineDescription, 'versions'>> => ({ versions: { scripted: '1' } })
  const writeCard = async ({ modelDir, lineage }: { modelDir: string; lineage: ModelLineage }) => {
    point('card start')
    write(join(modelDir, 'README.md'), JSON.stringify(lineage))
    return {}
  }
  const calls = { gather, inspectModel, describe, writeCard } as unknown as Record<
    string,
    (input: unknown) => Promise<never>
  >
  return {
    asked,
    requests,
    call: async (name, input, options) => {
      stopped(options?.signal)
      requests.push({ name, input })
      const value = await calls[name]!(input)
      stopped(options?.signal)
      return value
    },
    async *stream(name, input, options) {
      stopped(options?.signal)
      requests.push({ name, input })
      for await (const event of streams[name]!(input)) {
        stopped(options?.signal)
        yield event
      }
    },
  }
}
