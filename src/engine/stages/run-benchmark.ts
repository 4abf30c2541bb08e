import type { BenchmarkProfile, BenchmarkQuestion, BenchmarkScore } from '../../contract/benchmarks.ts'
import type { BenchmarkTaskDone, LogEvent, Progress } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { progressWords } from '../../strings/progress.ts'
import { engineLogWords } from '../../strings/engine-log.ts'
import { benchmarkScores } from '../evaluation/benchmarks/benchmark-scores.ts'
import { isChoiceQuestion } from '../evaluation/benchmarks/choice-batches.ts'
import { generateAnswers, isGeneratedQuestion } from '../evaluation/benchmarks/generate-answers.ts'
import { requestEncoder } from '../evaluation/benchmarks/request-encoder.ts'
import { type AnsweredQuestion, scoreChoices } from '../evaluation/benchmarks/score-choices.ts'
import type { BenchmarkTask } from '../evaluation/benchmarks/task.ts'
import type { LayeredModel } from '../model/layered-model.ts'
import { loadLayeredModel } from '../model/load-layered-model.ts'
import type { ModelFolder } from '../model/model-folder.ts'
import type { TextTokenizer } from '../text/tokenizer.ts'
import { settingsHash } from '../training/settings-hash.ts'
import { inContext } from './context-length.ts'
import { generationDevice, modelBackend } from './program-backend.ts'
import { openQuestionRecord, type QuestionRecord, questionsHash } from './question-record.ts'
import { StageProgress } from './stage-progress.ts'

/** A task that was asked for: itself, or its subjects. */
export interface LoadedTask {
  name: string
  parts: readonly BenchmarkTask[]
}

export interface BenchmarkRun {
  model: { folder: ModelFolder; tokenizer: TextTokenizer }
  tasks: readonly LoadedTask[]
  profile: BenchmarkProfile
  chatTemplate: boolean
  outDir: string
  batchTokens: number
}

/** What all tasks together came to. */
export interface BenchmarkTotals {
  scores: BenchmarkScore[]
  questions: number
  requests: number
  requestsPerSecond: number | null
  truncated: number
  questionPaths: Record<string, string>
}

/** Rows of a batch for each answer that is generated at once. */
const tokensOfSlot = 128
const mostSlots = 64

/**
 * Asks a model all questions of the tasks that `outDir` does not have the answers to. What a batch answered is on disk
 * before the next begins, and batches are the same however often the run was interrupted: so are the bytes of its files.
 */
export async function* runBenchmark(
  run: BenchmarkRun,
  signal: AbortSignal,
): AsyncGenerator<Progress | LogEvent | BenchmarkTaskDone, BenchmarkTotals> {
  const { tasks, profile, outDir } = run
  const { tokenizer } = run.model
  const maxLength = run.model.folder.config.maxPositions
  const encoder = requestEncoder(tokenizer, profile, maxLength)
  const { folder } = inContext(run.model.folder, () => longestRequest(tasks, encoder))
  const model = await folder.sha256()
  const keyOf = ({ name, parts }: LoadedTask): string =>
    settingsHash({ name, model, profile, chat: run.chatTemplate, questions: questionsHash(parts) })

  const questionsOf = ({ parts }: LoadedTask) => parts.flatMap(({ questions }) => questions)
  const all = tasks.flatMap(questionsOf)
  const warnings: string[] = []
  const onWarning = (message: string): void => void warnings.push(message)
  const pace = { done: 0, requests: 0, ms: 0 }
  const records: QuestionRecord[] = []
  const finished = new Map<string, { scores: BenchmarkScore[]; lines: BenchmarkQuestion[]; path: string }>()
  let layered: LayeredModel | null = null

  async function* answered(task: LoadedTask, record: QuestionRecord): AsyncGenerator<AnsweredQuestion[]> {
    const isOpen = (question: BenchmarkTask['questions'][number]) => !record.isDone(question)
    for (const { questions } of task.parts) {
      const choices = questions.filter(isChoiceQuestion)
      if (!choices.some(isOpen)) continue
      layered ??= loadLayeredModel(folder, modelBackend())
      yield* scoreChoices(layered, choices, {
        encoder,
        batchTokens: run.batchTokens,
        isDone: (question) => record.isDone(question),
        onWarning,
      })
    }
    const generated = task.parts
      .flatMap(({ questions }) => questions.filter(isGeneratedQuestion))
      .filter(isOpen)
    const batchSize = answersAtOnce(run.batchTokens)
    yield* generateAnswers(folder, generated, {
      tokenizer,
      profile,
      encoder,
      batchSize,
      device: generationDevice(),
      onWarning,
    })
  }

  try {
    // Choices first: what scores them and what generates are then never in memory together.
    for (const task of tasks.toSorted((a, b) => generatedShare(a) - generatedShare(b))) {
      const record = await openQuestionRecord(outDir, task.name, task.parts, keyOf(task))
      records.push(record)
      if (generatedShare(task) === 1 && layered) {
        await (layered as LayeredModel).release()
        layered = null
      }
      pace.done += questionsOf(task).filter((question) => record.isDone(question)).length
      const progress = new StageProgress(
        progressWords.benchmark(task.name),
        all.length,
        progressWords.units.questions,
      )
      yield progress.at(pace.done)
      let startedAt = performance.now()
      for await (const part of answered(task, record)) {
        refuseNonsense(part)
        await record.append(part)
        for (const message of warnings.splice(0)) yield { kind: 'log', level: 'warning', message }
        pace.done += part.length
        pace.requests += part.reduce((sum, { question }) => sum + requestCount(question), 0)
        pace.ms += performance.now() - startedAt
        if (signal.aborted)
          throw new AppError(
            'CANCELLED',
            'The benchmark was stopped; answered questions are on disk and it continues from there.',
          )
        yield progress.at(pace.done)
        startedAt = performance.now()
      }
      const lines = await record.finish()
      const scores = scoresOf(task, lines, profile)
      finished.set(task.name, { scores, lines, path: record.questionsPath })
      yield { kind: 'task', task: task.name, scores, questionsPath: record.questionsPath }
    }
  } finally {
    await (layered as LayeredModel | null)?.release()
    for (const record of records) await record.close()
  }

  const inOrder = tasks.map(({ name }) => finished.get(name)!)
  const truncated = inOrder.flatMap(({ lines }) => lines).filter((line) => line.truncated).length
  if (truncated > 0)
    yield {
      kind: 'log',
      level: 'warning',
      message: engineLogWords.cutPrompts(truncated, all.length, maxLength),
    }
  return {
    scores: inOrder.flatMap(({ scores }) => scores),
    questions: all.length,
    requests: all.reduce((sum, question) => sum + requestCount(question), 0),
    requestsPerSecond: pace.requests === 0 ? null : pace.requests / (pace.ms / 1000),
    truncated,
    questionPaths: Object.fromEntries(tasks.map(({ name }, i) => [name, inOrder[i]!.path])),
  }
}

export const answersAtOnce = (batchTokens: number): number =>
  Math.min(mostSlots, Math.max(2, Math.floor(batchTokens / tokensOfSlot)))

function scoresOf(
  { parts }: LoadedTask,
  lines: readonly BenchmarkQuestion[],
  profile: BenchmarkProfile,
): BenchmarkScore[] {
  let start = 0
  const scored = parts.map((task) => {
    const own = lines.slice(start, (start += task.questions.length))
    return { task, metrics: own.map(({ metrics }) => metrics) }
  })
  return benchmarkScores(scored, profile)
}

/** What the harness would run one by one. */
export const requestCount = ({ requests }: BenchmarkTask['questions'][number]): number =>
  Array.isArray(requests) ? requests.length : 1

function generatedShare({ parts }: LoadedTask): number {
  const questions = parts.flatMap((part) => part.questions)
  return questions.filter(isGeneratedQuestion).length / Math.max(1, questions.length)
}

/** Tokens of the longest request with its answer: what the rotary frequencies of some models depend on. */
function longestRequest(tasks: readonly LoadedTask[], encoder: ReturnType<typeof requestEncoder>): number {
  let longest = 1
  for (const { parts } of tasks)
    for (const { questions } of parts)
      for (const { requests } of questions) {
        if (Array.isArray(requests))
          for (const request of requests) longest = Math.max(longest, encoder.choice(request).ids.length)
        else {
          const { ids, maxNewTokens } = encoder.prompt(
            requests as Exclude<typeof requests, readonly unknown[]>,
          )
          longest = Math.max(longest, ids.length + maxNewTokens)
        }
      }
  return longest
}

/** Weights may be finite and their products not. */
function refuseNonsense(answered: readonly AnsweredQuestion[]): void {
  for (const { question, answer } of answered) {
    if (answer.logLikelihoods.every(Number.isFinite)) continue
    throw new AppError(
      'NOT_FINITE',
      `The model's log-likelihoods of question ${question.index} of ${question.task} are not finite: its activations ` +
        'overflow. Choose another iteration; this one cannot be measured.',
      { task: question.task, index: question.index },
    )
  }
}
