import type { z } from 'zod'
import type { BenchmarkProfile } from '../../../contract/benchmarks.ts'
import type { DatasetPlace } from '../../data/dataset-folder.ts'
import type { ModelAnswer, QuestionScore, TaskQuestion } from './task.ts'

/** Names of a split in paths, the hub's first. */
export type SplitWords = readonly string[]

/** A row as the model is asked it. */
export interface AskedRow {
  /** What the model reads, up to the answer. */
  prompt: string
  /** The question alone. */
  text: string
  /** Empty for a generated answer. */
  choices: readonly string[]
  gold: readonly number[]
  /** The right answer as a shot shows it; null = a shot without an answer. */
  target: string | null
  /**
   * Where the choices differ in what stands before the answer: a prompt for each choice, and `target` after all of them.
   * 0.4.0 draws shots for such a task and then loses them: its prompts are without.
   */
  openings?: readonly string[]
}

/** Where a task's rows are: below the data folder, or where a person's YAML says. */
export interface TaskPlace extends DatasetPlace {
  /** The folder itself, in place of one below the data folder. */
  root?: string
  /** The files themselves, by split. */
  tables?: ReadonlyMap<string, readonly string[]>
}

/** How the shots of a question are chosen. */
export type ShotRule = {
  /** `random`: by one seeded stream for the whole task; `first`: the first rows always. */
  draw: 'random' | 'first'
  /**
   * Whether the harness draws one more and leaves out the question itself. It does so where its names of the two splits are
   * equal, and where neither has a name: then also for a pool that cannot hold the question.
   */
  excludesQuestion: boolean
  split: SplitWords
}

/** A task as data: everything about it that another task does not share. */
export interface TaskDeclaration<Row = unknown> {
  name: string
  title: string
  partOf: readonly string[]
  place: TaskPlace
  /** The column that names the configuration in files that hold several. */
  configColumn?: string
  questions: SplitWords
  shots: Readonly<Record<BenchmarkProfile, number>>
  shotRule: ShotRule | null
  /** Rows of the published dataset; null = not known. Another number means other shots and other scores. */
  published: { questions: number; shots: number } | null
  row: z.ZodType<Row>
  description: string
  /** Between a prompt and its answer. */
  targetDelimiter: string
  fewshotDelimiter: string
  ask(row: Row, profile: BenchmarkProfile): AskedRow
  /** Null where choices are scored. */
  generation: Readonly<Record<BenchmarkProfile, { stops: readonly string[]; maxNewTokens: number }>> | null
  /** "metric,filter" that tables show. */
  primary: Readonly<Record<BenchmarkProfile, string>>
  score(question: TaskQuestion, answer: ModelAnswer, profile: BenchmarkProfile): QuestionScore
}

/** What was asked for by one name: a task, or its subjects. */
export interface DeclaredTask {
  name: string
  title: string
  /** A person's own YAML. */
  own: boolean
  parts: readonly TaskDeclaration[]
}

/** For `shots`, `primary` and `generation` that all profiles share. */
export const inEveryProfile = <T>(value: T): Record<BenchmarkProfile, T> => ({
  'harness-0.4.0': value,
  'harness-current': value,
})
