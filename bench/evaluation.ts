/**
 * Benchmark questions a second: ours beside a plain run of every request, both on this engine. The plain run scores each
 * choice with its whole prompt, in batches of like length and of the same token budget. Prompts are made-up tokens in the
 * shapes of ARC-Challenge (25 shots), HellaSwag (10) and MMLU (5 fixed shots, four letters).
 *
 *   npm run bench:evaluation [-- --only 10M --samples 3 --batch-tokens 4096 --quick --cpu-time]
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { type ChoiceQuestion, encodeChoices } from '../src/engine/evaluation/benchmarks/choice-batches.ts'
import {
  type QuestionBranches,
  questionBranches,
} from '../src/engine/evaluation/benchmarks/question-branches.ts'
import type { EncodedChoice, RequestEncoder } from '../src/engine/evaluation/benchmarks/request-encoder.ts'
import { scoreBranches } from '../src/engine/evaluation/benchmarks/score-branches.ts'
import { batchLimits, scoreChoices } from '../src/engine/evaluation/benchmarks/score-choices.ts'
import { LayeredModel } from '../src/engine/model/layered-model.ts'
import { below, hash32 } from '../src/engine/tensor/random.ts'
import { now, useCpuTime } from './clock.ts'
import { type Figure, figure, figureTable, goalMet } from './figure.ts'
import { machineState } from './machine.ts'
import { peerShapes } from './peers/peer-model.ts'
import { type ModelShape, randomWeights } from './random-model.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    samples: { type: 'string', default: '2' },
    'batch-tokens': { type: 'string', default: '4096' },
    quick: { type: 'boolean', default: false },
    'cpu-time': { type: 'boolean', default: false },
  },
})
if (values['cpu-time']) useCpuTime()
const threads = values['cpu-time'] ? 1 : availableParallelism()
const batchTokens = Number(values['batch-tokens'])
const goal = 3

interface TaskShape {
  name: string
  /** Tokens of the shots, and whether all questions have the same. */
  shots: number
  shared: boolean
  question: [least: number, most: number]
  choice: [least: number, most: number]
  /** Questions for a model of 10 M weights, and of 135 M. */
  counts: [small: number, large: number]
}

/** Token counts of the published rows in a tokenizer of 49,152 tokens, rounded. */
const tasks: TaskShape[] = [
  { name: 'ARC', shots: 950, shared: false, question: [20, 60], choice: [2, 12], counts: [24, 4] },
  { name: 'HellaSwag', shots: 950, shared: false, question: [25, 70], choice: [12, 35], counts: [24, 4] },
  { name: 'MMLU', shots: 560, shared: true, question: [50, 180], choice: [1, 1], counts: [64, 12] },
]

/** Token ids as text, and back: tokenizing is not what is measured. */
const encoder: RequestEncoder = {
  choice({ context, continuation }) {
    const [ids, own] = [numbers(context), numbers(continuation)]
    return { ids: [...ids, ...own], scored: own.length, truncated: false }
  },
  prompt: () => {
    throw new Error('no question here is answered in words')
  },
}
const numbers = (text: string): number[] => text.split(' ').map(Number)

function questionsOf(task: TaskShape, count: number, vocab: number): ChoiceQuestion[] {
  const tokens = (length: number, ...seed: (string | number)[]) =>
    Array.from({ length }, (_, i) => hash32(task.name, ...seed, i) % vocab).join(' ')
  const between = ([least, most]: [number, number], ...seed: (string | number)[]) =>
    least + below(most - least + 1, hash32(task.name, 'length', ...seed))
  const common = tokens(task.shots, 'shots')
  return Array.from({ length: count }, (_, index) => {
    const drawn = task.shots + between([-60, 60], index, 'shots')
    const shots = task.shared ? common : tokens(drawn, index, 'shots')
    const context = `${shots} ${tokens(between(task.question, index), index, 'question')}`
    const requests = Array.from({ length: 4 }, (_, c) => ({
      context,
      continuation: tokens(between(task.choice, index, c), index, 'choice', c),
    }))
    return { task: task.name, index, text: '', choices: [], gold: [], target: '', requests }
  })
}

async function ours(model: LayeredModel, questions: readonly ChoiceQuestion[]): Promise<number[][]> {
  const scores: number[][] = []
  for await (const part of scoreChoices(model, questions, { encoder, batchTokens }))
    for (const { question, answer } of part) scores[question.index] = [...answer.logLikelihoods]
  return scores
}

/** Every request with its whole prompt. */
async function everyRequest(model: LayeredModel, questions: readonly ChoiceQuestion[]): Promise<number[][]> {
  const requests = questions
    .flatMap((question) =>
      encodeChoices(question, encoder).map((choice, c) => ({ index: question.index, c, ...alone(choice) })),
    )
    .toSorted((a, b) => b.rows - a.rows)
  const { rows: most } = batchLimits(model.config, batchTokens)
  const scores: number[][] = questions.map(() => [])
  for (let start = 0; start < requests.length;) {
    let end = start + 1
    for (let rows = requests[start]!.rows; end < requests.length; end++) {
      rows += requests[end]!.rows
      if (rows > most) break
    }
    const batch = requests.slice(start, end)
    const scored = await scoreBranches(model, batch, null)
    batch.forEach(({ index, c }, i) => (scores[index]![c] = scored[i]!.logLikelihoods[0]!))
    start = end
  }
  return scores
}

const alone = (choice: EncodedChoice): QuestionBranches => questionBranches([choice], 0)

/** The best of so many runs; of one, with the compiling of its programs, else after a run that compiles them. */
async function timed<T>(
  run: () => Promise<T>,
  samples: number,
): Promise<{ result: T; ms: number; spread: number }> {
  const times: number[] = []
  let result: T
  do {
    const startedAt = now()
    result = await run()
    times.push(now() - startedAt)
  } while (times.length < (samples === 1 ? 1 : samples + 1))
  const counted = samples === 1 ? times : times.slice(1)
  const ms = Math.min(...counted)
  return { result, ms, spread: Math.max(...counted) / ms - 1 }
}

async function* benchModel(shape: ModelShape, size: 0 | 1): AsyncGenerator<Figure> {
  const parameters = new Map([...randomWeights(shape)].map(([name, { data }]) => [name, data]))
  const model = new LayeredModel(shape.config, parameters, threads)
  const samples = size === 1 || values.quick ? 1 : Number(values.samples)
  for (const task of tasks) {
    const count = Math.max(2, Math.round(task.counts[size] / (values.quick ? 3 : 1)))
    const questions = questionsOf(task, count, shape.config.vocab)
    const requests = questions.reduce((sum, question) => sum + question.requests.length, 0)
    const shared = await timed(() => ours(model, questions), samples)
    const plain = await timed(() => everyRequest(model, questions), samples)
    const apart = Math.max(
      ...plain.result.flatMap((scores, q) =>
        scores.map((value, c) => Math.abs(value - shared.result[q]![c]!)),
      ),
    )
    const name = `${shape.name}, ${task.name}, ${count} questions`
    const plainRate = (requests / plain.ms) * 1000
    yield figure('evaluation', {
      name,
      value: (requests / shared.ms) * 1000,
      unit: 'requests/s',
      spread: shared.spread,
      samples,
      ratio: plain.ms / shared.ms,
      bound: `every request: ${plainRate.toPrecision(3)} requests/s`,
      goal,
      note: `log-likelihoods within ${apart.toExponential(0)}`,
    })
  }
  await model.release()
}

const figures: Figure[] = []
const before = machineState(threads)
for (const [size, shape] of Object.values(peerShapes).entries()) {
  if (values.only && !values.only.includes(shape.name)) continue
  for await (const one of benchModel(shape, size as 0 | 1)) {
    figures.push(one)
    console.error(`  ${one.name}: ${one.value.toPrecision(3)} ${one.unit}, ratio ${one.ratio!.toFixed(2)}`)
  }
}
const after = machineState(threads)
console.log(figureTable(figures))
console.log(
  `\n${after.cpu}, ${after.cores} cores, ${threads} threads${values['cpu-time'] ? ', CPU time' : ''}, batches of ${batchTokens} tokens, ${after.node}; load average ` +
    `${before.loadAverage.join(' ')} before, ${after.loadAverage.join(' ')} after.`,
)
if (figures.some((one) => goalMet(one) === false)) process.exitCode = 1
