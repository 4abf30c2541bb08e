import type { BenchmarkTaskData } from '../../../contract/benchmarks.ts'
import { AppError } from '../../../contract/errors.ts'
import { benchmarkWords } from '../../../strings/benchmarks.ts'
import { countRows } from '../../data/dataset-table.ts'
import type { SourceFile } from '../../data/source-files.ts'
import type { DeclaredTask, TaskDeclaration } from './declaration.ts'
import { allTasks } from './load-task.ts'
import { TaskFiles, type TaskSource } from './task-files.ts'

/**
 * What a data folder holds of every public task and of the tasks in `taskFiles`. A file that cannot be read, or rows that
 * are not the published ones, are `wrong`. Throws only for the YAML files (see allTasks).
 */
export async function benchmarkData(
  dataDir: string,
  taskFiles: readonly string[],
): Promise<BenchmarkTaskData[]> {
  const files = new TaskFiles(dataDir)
  const found: BenchmarkTaskData[] = []
  for (const task of await allTasks(taskFiles)) found.push(await dataOf(task, files))
  return found
}

async function dataOf(task: DeclaredTask, files: TaskFiles): Promise<BenchmarkTaskData> {
  const first = task.parts[0]!
  const published = publishedOf(task)
  const data: BenchmarkTaskData = {
    task: task.name,
    title: task.title,
    own: task.own,
    kind: first.generation ? 'generation' : 'choice',
    shots: first.shots,
    metric: first.primary['harness-current'].split(',')[0]!,
    state: 'ready',
    questions: null,
    expectedQuestions: published?.questions ?? null,
    files: [],
    dataset: first.place.dataset,
    folder: first.place.root ?? first.place.folder,
    problem: null,
  }
  try {
    const { sources, problem } = await findParts(task, files)
    data.files = [...new Set(sources.flatMap(filesOf).map(({ path }) => path))]
    if (problem) return { ...data, state: 'missing', problem }
    const questions = await countDistinct(sources.map((source) => source.questions.files))
    const shots = await countDistinct(sources.map((source) => source.shots?.files ?? []))
    const isSame = !published || (published.questions === questions && published.shots === shots)
    if (isSame) return { ...data, questions }
    const difference = benchmarkWords.rowsOf(
      task.name,
      questions,
      published.questions,
      shots,
      published.shots,
    )
    return { ...data, questions, state: 'wrong', problem: benchmarkWords.otherRows(task.title, [difference]) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { ...data, state: 'wrong', problem: error.message }
  }
}

/** The sources of the parts that are there, and what is missing of the others. */
async function findParts(
  task: DeclaredTask,
  files: TaskFiles,
): Promise<{ sources: TaskSource[]; problem: string | null }> {
  const sources: TaskSource[] = []
  const missing: string[] = []
  for (const part of task.parts) {
    try {
      sources.push(await files.find(part))
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'FILE_NOT_FOUND') throw error
      missing.push(error.message)
    }
  }
  const [first = null] = missing
  const isWhole = first === null || task.parts.length === 1
  return {
    sources,
    problem: isWhole
      ? first
      : benchmarkWords.partsMissing(task.title, missing.length, task.parts.length, first),
  }
}

const filesOf = ({ questions, shots }: TaskSource): readonly SourceFile[] => [
  ...questions.files,
  ...(shots?.files ?? []),
]

/** Subjects may lie in one file together. */
async function countDistinct(tables: readonly (readonly SourceFile[])[]): Promise<number> {
  return await countRows([...new Map(tables.flat().map((file) => [file.path, file])).values()])
}

function publishedOf({ parts }: DeclaredTask): TaskDeclaration['published'] {
  const known = parts.flatMap(({ published }) => published ?? [])
  if (known.length < parts.length) return null
  return {
    questions: known.reduce((sum, { questions }) => sum + questions, 0),
    shots: known.reduce((sum, { shots }) => sum + shots, 0),
  }
}
