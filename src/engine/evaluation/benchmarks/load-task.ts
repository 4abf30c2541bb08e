import { AppError } from '../../../contract/errors.ts'
import { benchmarkWords } from '../../../strings/benchmarks.ts'
import { buildTask, type TaskRows } from './build-task.ts'
import type { DeclaredTask, TaskDeclaration } from './declaration.ts'
import { readOwnTask } from './own-tasks/read-own-task.ts'
import { TaskFiles } from './task-files.ts'
import type { BenchmarkTask, LoadOptions } from './task.ts'
import { declaredTasks } from './tasks/index.ts'

/**
 * A task by its name: itself, or its subjects. Rows that are not the published ones are asked all the same, with a warning.
 * Throws FILE_NOT_FOUND (no data; what is looked for where), FILE_UNREADABLE, BAD_INPUT (unknown task, other rows than the
 * task's, a chat template with 0.4.0, which had none).
 */
export async function loadTask(name: string, options: LoadOptions): Promise<BenchmarkTask[]> {
  if (options.chat && options.profile === 'harness-0.4.0') {
    throw new AppError(
      'BAD_INPUT',
      'Expected plain prompts for the profile harness-0.4.0, found a chat template: that release had none. Use harness-current, or turn the template off.',
    )
  }
  const task = await findTask(name, options.taskFiles)
  const files = new TaskFiles(options.dataDir)
  const tasks: BenchmarkTask[] = []
  const others: string[] = []
  for (const part of task.parts) {
    const rows = await files.rows(part)
    refuseEmpty(part, rows)
    if (!isPublished(part, rows)) others.push(differenceOf(part, rows))
    tasks.push(buildTask(part, rows, options))
  }
  if (others.length > 0) options.warn(benchmarkWords.otherRows(task.title, others))
  return tasks
}

/** The public tasks and those of a person's YAML files. Throws as readOwnTask does, and BAD_INPUT for a name used twice. */
export async function allTasks(taskFiles: readonly string[]): Promise<DeclaredTask[]> {
  const own: DeclaredTask[] = []
  for (const path of taskFiles) {
    const task = await readOwnTask(path)
    if (own.some(({ name }) => name === task.name)) {
      throw new AppError(
        'BAD_INPUT',
        `Expected tasks of different names, found "${task.name}" in several files, ${path} among them. Rename one.`,
        { path, task: task.name },
      )
    }
    own.push(task)
  }
  return [...declaredTasks, ...own]
}

async function findTask(name: string, taskFiles: readonly string[]): Promise<DeclaredTask> {
  const tasks = await allTasks(taskFiles)
  const found = tasks.find((task) => task.name === name)
  if (found) return found
  throw new AppError(
    'BAD_INPUT',
    `Expected a task (${tasks.map((task) => task.name).join(', ')}), found "${name}". Choose one of them, or name its YAML file.`,
    { task: name },
  )
}

function refuseEmpty({ title, questions, place }: TaskDeclaration, rows: TaskRows): void {
  if (rows.questions.length > 0) return
  throw new AppError(
    'DATASET_EMPTY',
    `Expected questions of ${title} in the ${questions[0]} rows of ${place.dataset}, found none. Fetch the dataset again.`,
  )
}

const isPublished = ({ published }: TaskDeclaration, { questions, shots }: TaskRows): boolean =>
  published === null || (published.questions === questions.length && published.shots === shots.length)

const differenceOf = ({ name, published }: TaskDeclaration, { questions, shots }: TaskRows): string =>
  benchmarkWords.rowsOf(name, questions.length, published!.questions, shots.length, published!.shots)
