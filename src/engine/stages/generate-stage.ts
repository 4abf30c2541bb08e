import { mkdir } from 'node:fs/promises'
import type { z } from 'zod'
import type {
  DeviceEvent,
  FractionDone,
  GenerateRequest,
  GenerateResult,
  LogEvent,
  Progress,
} from '../../contract/engine.ts'
import { settingsHash } from '../training/settings-hash.ts'
import {
  answerRows,
  baseWeightsOf,
  generationKey,
  openDecoder,
  openFractionOf,
  openGeneration,
} from './open-generation.ts'
import { deviceOf } from './stage-device.ts'
import { takeBackendWarnings } from './program-backend.ts'
import { StageProgress } from './stage-progress.ts'
import { progressWords } from '../../strings/progress.ts'
import { engineLogWords } from '../../strings/engine-log.ts'

type Request = z.infer<typeof GenerateRequest>

/**
 * Stage 2, generate: the opponent answers the prompts, fraction by fraction. What a few seconds of work finished is on disk
 * before the next begin, so a kill costs the rows in the making alone; a row's answer depends on the model, the prompt and
 * its own seed alone, so an interrupted fraction ends with the same bytes as an uninterrupted one. Throws TEMPLATE_BROKEN
 * before a single token is generated.
 */
export async function* generateStage(
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent | DeviceEvent | FractionDone | GenerateResult> {
  await mkdir(request.outDir, { recursive: true })
  const generation = await openGeneration(request)
  yield* generation.warnings
  yield deviceOf('answers')
  const { key, modelSha256 } = await generationKey(generation)
  const baseWeights = baseWeightsOf(generation)
  if (baseWeights !== 'f32') {
    yield { kind: 'log', level: 'info', message: engineLogWords.usedAs(baseWeights) }
  }

  const warnings: string[] = []
  const decoder = openDecoder(generation, request.memoryAttempt, (message) => warnings.push(message))
  const { rows, wanted, contextLength } = generation
  const progress = new StageProgress(
    progressWords.answering[request.split],
    wanted.reduce((n, { start, end }) => n + end - start, 0),
    progressWords.units.rows,
  )
  const done: Omit<FractionDone, 'kind'>[] = []
  let finishedRows = 0
  let tokens = 0
  try {
    for (const slice of wanted) {
      const fraction = await openFractionOf(generation, slice, key)
      try {
        const open = rows.slice(slice.start, slice.end).filter(({ id }) => !fraction.finished.has(id))
        finishedRows += slice.end - slice.start - open.length
        for await (const part of answerRows(generation, decoder, fraction, open, signal)) {
          for (const message of [...warnings.splice(0), ...takeBackendWarnings()])
            yield { kind: 'log', level: 'warning', message }
          yield progress.at((finishedRows += part.answered.length), (tokens += part.tokens))
        }
        const sealed = await fraction.seal()
        done.push(sealed)
        yield { ...sealed, kind: 'fraction' }
      } finally {
        await fraction.close()
      }
    }
  } finally {
    await decoder.release() // or a stopped stage would leave the packed weights in memory
  }
  yield {
    kind: 'done',
    fractions: done,
    sha256: settingsHash(done.map(({ sha256 }) => sha256)),
    modelSha256,
    ...(contextLength === null ? {} : { contextLength }),
  }
}
