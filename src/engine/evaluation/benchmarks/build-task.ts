import { z } from 'zod'
import { AppError } from '../../../contract/errors.ts'
import type { SourceRecord } from '../../data/detect-format.ts'
import type { AskedRow, TaskDeclaration } from './declaration.ts'
import { promptWriter, type PromptWriter, type Shot } from './prompt.ts'
import { ShotSampler } from './shot-sampler.ts'
import type { BenchmarkTask, LoadOptions, TaskQuestion } from './task.ts'

export interface TaskRows {
  questions: readonly SourceRecord[]
  shots: readonly SourceRecord[]
  /** Of the files that both came from. */
  sha256: string
}

type BuildOptions = Pick<LoadOptions, 'profile' | 'chat' | 'limit'>

/** The questions of a declared task, with their shots. Throws BAD_INPUT for a row without what the task reads. */
export function buildTask(
  declaration: TaskDeclaration,
  rows: TaskRows,
  options: BuildOptions,
): BenchmarkTask {
  const { name, partOf, targetDelimiter, fewshotDelimiter } = declaration
  const { profile, limit } = options
  const writer = promptWriter(options.chat, { target: targetDelimiter, fewshot: fewshotDelimiter })
  const sampler = declaration.shotRule && new ShotSampler(rows.shots, declaration.shotRule, profile)
  const asked = rows.questions.slice(0, limit ?? undefined)
  // A row of the pool is a shot of many questions.
  const known = new Map<SourceRecord, Shot>()
  const shotOf = (record: SourceRecord): Shot => {
    const shot = known.get(record) ?? asShot(ask(declaration, record, options))
    known.set(record, shot)
    return shot
  }
  return {
    name,
    primary: declaration.primary[profile],
    partOf,
    dataSha256: rows.sha256,
    questions: asked.map((record, index) => {
      const shots = sampler?.draw(record, declaration.shots[profile]) ?? []
      return question(declaration, index, ask(declaration, record, options), {
        writer,
        options,
        shots: shots.map(shotOf),
      })
    }),
    score: (scored, answer) => declaration.score(scored, answer, profile),
  }
}

function ask(
  { name, row, ask: askRow, questions }: TaskDeclaration,
  record: SourceRecord,
  { profile }: BuildOptions,
): AskedRow {
  const parsed = row.safeParse(record)
  if (parsed.success) return askRow(parsed.data, profile)
  throw new AppError(
    'BAD_INPUT',
    `Expected a row of ${name} (split "${questions[0]}" or its shots), found another: ${z.prettifyError(parsed.error)}\nIn: ${JSON.stringify(record).slice(0, 300)}. Fetch the dataset again, or choose the folder that holds it.`,
    { task: name },
  )
}

const asShot = ({ prompt, openings, gold, target }: AskedRow): Shot => ({
  prompt: openings?.[gold[0]!] ?? prompt,
  answer: target,
})

interface QuestionParts {
  writer: PromptWriter
  options: BuildOptions
  shots: readonly Shot[]
}

function question(
  { name, description, generation }: TaskDeclaration,
  index: number,
  { prompt, text, choices, gold, target, openings }: AskedRow,
  { writer, options: { profile }, shots }: QuestionParts,
): TaskQuestion {
  const context = (ending: string): string => writer.write({ description, shots, prompt: ending })
  const continuation = (answer: string): string => writer.answerDelimiter + answer
  const requests = (): TaskQuestion['requests'] => {
    if (generation) return { context: context(prompt), ...generation[profile] }
    if (openings) {
      const bare = profile === 'harness-0.4.0' // the shots that it drew are not in its prompts
      return openings.map((opening) => ({
        context: bare ? opening : context(opening),
        continuation: continuation(target ?? ''),
      }))
    }
    const shared = context(prompt)
    return choices.map((choice) => ({ context: shared, continuation: continuation(choice) }))
  }
  return { task: name, index, text, choices, gold, target: target ?? '', requests: requests() }
}
