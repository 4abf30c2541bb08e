import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { AppError } from '../../../contract/errors.ts'
import {
  areShards,
  type DatasetFolder,
  findDatasetFolder,
  openDatasetFolder,
  rowsFile,
  splitFiles,
} from '../../data/dataset-folder.ts'
import { type DatasetTable, readDatasetTable } from '../../data/dataset-table.ts'
import type { SourceRecord } from '../../data/detect-format.ts'
import type { SourceFile } from '../../data/source-files.ts'
import type { TaskRows } from './build-task.ts'
import type { SplitWords, TaskDeclaration, TaskPlace } from './declaration.ts'

export interface SplitSource {
  files: readonly SourceFile[]
  /** Keeps the rows whose column has this value; null = all rows. */
  only: { column: string; value: string } | null
}

export interface TaskSource {
  questions: SplitSource
  /** Null for a task without shots. */
  shots: SplitSource | null
}

/** Finds the files of tasks below a data folder and reads their rows, each file once. */
export class TaskFiles {
  readonly #dataDir: string
  readonly #folders = new Map<string, Promise<DatasetFolder | null>>()
  readonly #tables = new Map<string, Promise<DatasetTable>>()

  constructor(dataDir: string) {
    this.#dataDir = dataDir
  }

  /** Throws FILE_NOT_FOUND, which says what was looked for where, or BAD_INPUT for files that cannot be told apart. */
  async find(task: TaskDeclaration): Promise<TaskSource> {
    const { place, questions, shotRule } = task
    if (place.tables) {
      return {
        questions: await namedFiles(task, place.tables, questions),
        shots: shotRule && (await namedFiles(task, place.tables, shotRule.split)),
      }
    }
    const folder = await this.#folder(place)
    if (folder === null) throw this.#missing(task, questions, 'no such folder with data files')
    return {
      questions: await this.#split(task, folder, questions),
      shots: shotRule && (await this.#split(task, folder, shotRule.split)),
    }
  }

  /** Errors as above, and FILE_UNREADABLE. */
  async rows(task: TaskDeclaration): Promise<TaskRows> {
    const { questions, shots } = await this.find(task)
    const tables = await Promise.all([questions, ...(shots ? [shots] : [])].map((split) => this.table(split)))
    const hash = createHash('sha256')
    for (const { sha256 } of tables) hash.update(sha256)
    return {
      questions: tables[0]!.rows,
      shots: tables[1]?.rows ?? [],
      sha256: hash.digest('hex'),
    }
  }

  async table({ files, only }: SplitSource): Promise<DatasetTable> {
    const key = files.map(({ path }) => path).join('\n')
    const table = await (this.#tables.get(key) ?? this.#read(key, files))
    return only === null ? table : { ...table, rows: rowsOf(table.rows, only) }
  }

  /** Listed once: MMLU asks for it 57 times. */
  #folder(place: TaskPlace): Promise<DatasetFolder | null> {
    const key = place.root ?? place.dataset
    const folder =
      this.#folders.get(key) ??
      (place.root === undefined ? findDatasetFolder(this.#dataDir, place) : openDatasetFolder(place.root))
    this.#folders.set(key, folder)
    return folder
  }

  #read(key: string, files: readonly SourceFile[]): Promise<DatasetTable> {
    const table = readDatasetTable(files)
    this.#tables.set(key, table)
    return table
  }

  async #split(task: TaskDeclaration, folder: DatasetFolder, words: SplitWords): Promise<SplitSource> {
    const { files, ofConfig } = await splitFiles(folder, task.place, words)
    if (files.length === 0) throw this.#missing(task, words, `no file of that split in ${folder.path}`)
    if (!areShards(files)) {
      throw new AppError(
        'BAD_INPUT',
        `Expected one table with the ${words[0]} rows of ${task.title}, found several: ${files.map(({ path }) => path).join(', ')}. Leave only those of ${task.place.config ?? task.place.dataset} in the folder.`,
        { task: task.name },
      )
    }
    const { configColumn: column, place } = task
    const only = column === undefined || ofConfig ? null : { column, value: place.config ?? '' }
    return { files, only }
  }

  #missing({ title, place }: TaskDeclaration, words: SplitWords, found: string): AppError {
    const folder = place.root ?? join(this.#dataDir, place.folder)
    const inConfig = place.config === null ? '' : `, configuration ${place.config}`
    const within = place.config === null ? '' : `${place.config}/`
    const origin =
      place.root === undefined ? `They are ${place.dataset}${inConfig} on the Hugging Face hub: put` : 'Put'
    return new AppError(
      'FILE_NOT_FOUND',
      `Expected the ${words[0]} rows of ${title} below ${folder}, found ${found}. ${origin} its files there, for example ${within}${words[0]}-00000-of-00001.parquet or ${words[0]}.jsonl, or choose the data folder that has them.`,
      { path: folder, dataset: place.dataset },
    )
  }
}

/** The files that a person's YAML names. */
async function namedFiles(
  task: TaskDeclaration,
  tables: ReadonlyMap<string, readonly string[]>,
  [split = '']: SplitWords,
): Promise<SplitSource> {
  const paths = tables.get(split)
  if (paths === undefined) {
    throw new AppError(
      'BAD_INPUT',
      `Expected files of the split "${split}" in data_files of the task ${task.name}, found ${[...tables.keys()].join(', ') || 'none'}. Name them there, or another split.`,
      { task: task.name, split },
    )
  }
  return { files: await Promise.all(paths.map(rowsFile)), only: null }
}

/** By value, once for every column: MMLU asks 57 times. */
const byColumn = new WeakMap<readonly SourceRecord[], Map<string, Map<unknown, SourceRecord[]>>>()

function rowsOf(
  rows: readonly SourceRecord[],
  { column, value }: NonNullable<SplitSource['only']>,
): readonly SourceRecord[] {
  const columns = byColumn.get(rows) ?? new Map<string, Map<unknown, SourceRecord[]>>()
  byColumn.set(rows, columns)
  const groups = columns.get(column) ?? Map.groupBy(rows, (row) => row[column])
  columns.set(column, groups)
  return groups.get(value) ?? []
}
