import { basename } from 'node:path'
import type { z } from 'zod'
import type { ExportRequest, ExportResult, LogEvent, Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { ModelLineage } from '../../contract/lineage.ts'
import { mergedWeights } from '../model/adapter/merged-weights.ts'
import { writeGguf } from '../model/gguf/write-gguf.ts'
import { type ModelFolder, openModelFolder } from '../model/model-folder.ts'
import type { WeightDtype } from '../model/safetensors.ts'
import { modelWeights } from '../model/weight-names.ts'
import { writingModelFolder } from '../model/write-model-folder.ts'
import { StageProgress } from './stage-progress.ts'
import { progressWords } from '../../strings/progress.ts'
import { engineLogWords } from '../../strings/engine-log.ts'

type Request = z.infer<typeof ExportRequest>
type Written = Pick<ExportResult, 'sha256' | 'bytes' | 'files' | 'outPath'>

/**
 * A model folder as what other programs load: a Hugging Face folder or one GGUF file; an adapter is merged into its base.
 * Holds one weight in memory at a time.
 * Asked again after an interruption it starts over and ends with the same bytes.
 */
export async function* exportStage(
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent | ExportResult> {
  const startedAt = performance.now()
  const folder = await openModelFolder(request.modelDir)
  for (const message of folder.warnings) yield { kind: 'log', level: 'warning', message }
  if (folder.adapter) {
    const { rank, baseWeights } = folder.adapter
    const message =
      baseWeights === 'f32'
        ? engineLogWords.merged(rank, folder.baseDir)
        : engineLogWords.mergedAs(rank, folder.baseDir, baseWeights)
    yield { kind: 'log', level: 'info', message }
  }
  const writing = request.format === 'huggingface' ? asFolder(folder, request) : asGguf(folder, request)
  let written: Written
  try {
    let step = await writing.next()
    for (; !step.done; step = await writing.next()) {
      if (signal.aborted)
        throw new AppError('CANCELLED', 'The export was stopped; nothing was left behind. Start it again.')
      yield step.value
    }
    written = step.value
  } finally {
    await writing.return(undefined as never) // lets it clear away what it began
  }
  const seconds = (performance.now() - startedAt) / 1000
  yield { kind: 'done', format: request.format, ...written, seconds }
}

const megabyte = 1e6

async function* asFolder(folder: ModelFolder, request: Request): AsyncGenerator<Progress, Written> {
  const writing = writingModelFolder({
    from: folder,
    outDir: request.outPath,
    weights: mergedWeights(folder),
    dtype: request.dtype ?? widestDtype(folder),
    maxShardBytes: request.maxShardBytes,
    card: request.lineage ?? 'as-source',
  })
  const { dir, sha256, bytes, files } = yield* followed(writing, progressWords.writingWeights, (step) => ({
    done: step.bytes,
    total: step.totalBytes,
  }))
  return { outPath: dir, sha256, bytes, files }
}

/** What a writer has written, and its result; when the reader leaves, the writer clears away what it began. */
async function* followed<Step, Done>(
  writing: AsyncGenerator<Step, Done, void>,
  stage: string,
  bytesOf: (step: Step) => { done: number; total: number },
): AsyncGenerator<Progress, Done> {
  let progress: StageProgress | undefined
  try {
    let step = await writing.next()
    for (; !step.done; step = await writing.next()) {
      const { done, total } = bytesOf(step.value)
      progress ??= new StageProgress(stage, total / megabyte, progressWords.units.megabytes)
      yield progress.at(done / megabyte)
    }
    return step.value
  } finally {
    await writing.return(undefined as never)
  }
}

/** All weights are stored in one format; of several the one that loses nothing. */
function widestDtype({ weights, config }: ModelFolder): WeightDtype {
  const dtypes = new Set(modelWeights(config).map(({ name }) => weights.tensors.get(name)!.dtype))
  return dtypes.size === 1 ? [...dtypes][0]! : 'F32'
}

async function* asGguf(folder: ModelFolder, request: Request): AsyncGenerator<Progress | LogEvent, Written> {
  const { lineage, outPath, format } = request
  const weights = mergedWeights(folder)
  const writing = writeGguf({
    from: folder,
    read: (name) => weights.read(name),
    outPath,
    type: format === 'gguf-q8_0' ? 'q8_0' : 'f16',
    ...(lineage && { name: lineage.title, metadata: ggufMetadata(lineage) }),
  })
  const { path, sha256, bytes, warnings } = yield* followed(
    writing,
    progressWords.writingGguf,
    (step) => step,
  )
  for (const message of warnings) yield { kind: 'log', level: 'warning', message }
  return { outPath: path, sha256, bytes, files: [{ name: basename(path), bytes, sha256 }] }
}

/** Keys of gguf-py (gguf/constants.py, Keys.General). */
function ggufMetadata({ license, method, baseModel }: ModelLineage): Record<string, string> {
  return {
    ...(license === null ? {} : { 'general.license': license }),
    'general.description': `${method}, from ${baseModel.name}`,
  }
}
