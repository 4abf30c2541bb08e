import { engineLogWords } from '../../../strings/engine-log.ts'
import type { LayeredModel } from '../../model/layered-model.ts'
import type { ModelConfig } from '../../model/model-config.ts'
import type { PrefixCache } from '../../model/prefix-cache.ts'
import { parameterCount } from '../../model/weight-names.ts'
import { halvedAfter } from '../../onnx/out-of-memory.ts'
import { type BatchLimits, type ChoiceQuestion, type PlannedQuestion, planChoices } from './choice-batches.ts'
import type { RequestEncoder } from './request-encoder.ts'
import { scoreBranches } from './score-branches.ts'
import type { ModelAnswer, TaskQuestion } from './task.ts'

/** What became of a question. */
export interface AnsweredQuestion {
  question: TaskQuestion
  answer: ModelAnswer
  promptTokens: number
  truncated: boolean
}

export interface ScoreChoicesOptions {
  encoder: RequestEncoder
  /** Rows of a batch, at most. */
  batchTokens: number
  /** Questions that need no answer. A batch is computed whole unless all of it is done. */
  isDone?: (question: TaskQuestion) => boolean
  /** Told what a person should know while it goes on: memory ran out and was worked around. */
  onWarning?: (message: string) => void
}

/** Numbers of a batch's logits, at most: 256 MiB of them. */
const logitNumbers = 2 ** 26
const leastScoredRows = 64
const leastRows = 64

/**
 * What a batch may hold: not more rows than a model computes in some ten seconds (2 · weights per row, 1e11 a second), so
 * that progress and cancellation are never far away, and not more logits than memory is good for.
 */
export function batchLimits(config: ModelConfig, batchTokens: number): BatchLimits {
  const soon = Math.max(512, Math.floor(5e11 / parameterCount(config)))
  return {
    rows: Math.min(batchTokens, soon),
    scoredRows: Math.max(leastScoredRows, Math.floor(logitNumbers / config.vocab)),
  }
}

/**
 * Scores the choices of questions that may share their beginning. Yields after every batch. A question's prompt is read
 * once for all its choices, what all questions begin with once for all. Where memory runs out, this and all further
 * batches are halved. Throws OUT_OF_MEMORY for a question that does not fit alone, and BAD_INPUT for one that cannot be
 * scored.
 */
export async function* scoreChoices(
  model: LayeredModel,
  questions: readonly ChoiceQuestion[],
  { encoder, batchTokens, isDone = () => false, onWarning }: ScoreChoicesOptions,
): AsyncGenerator<AnsweredQuestion[]> {
  const limits = batchLimits(model.config, batchTokens)
  const plan = planChoices(questions, encoder, () => limits)
  let prefix: PrefixCache | null = null
  for (const batch of plan.batches) {
    if (batch.questions.every(({ question }) => isDone(question))) continue
    if (batch.continuesPrefix) prefix ??= await model.readPrefix(plan.prefix)
    let queue: PlannedQuestion[][] = [batch.questions]
    while (queue.length > 0) {
      const part = queue[0]!
      let answered: AnsweredQuestion[]
      try {
        const branches = part.map((planned) => planned.branches)
        const scores = await scoreBranches(model, branches, batch.continuesPrefix ? prefix : null)
        answered = part.map(({ question, promptTokens, truncated }, i) => ({
          question,
          answer: { ...scores[i]!, response: null },
          promptTokens,
          truncated,
        }))
      } catch (error) {
        const half = await halvedAfter(error, {
          size: part.length,
          least: 1,
          advice:
            'Memory ran out while scoring a single question. Close other programs, or use a model with a shorter context.',
          release: () => model.release(),
        })
        limits.rows = Math.max(leastRows, Math.floor(limits.rows / 2))
        onWarning?.(engineLogWords.questionsMemory(part.length, half))
        queue = queue.flatMap((questions) => inParts(questions, half))
        continue
      }
      queue.shift()
      yield answered.filter(({ question }) => !isDone(question))
    }
  }
}

const inParts = <T>(values: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(values.length / size) }, (_, n) => values.slice(n * size, (n + 1) * size))
