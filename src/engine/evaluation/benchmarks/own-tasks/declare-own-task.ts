import { basename, dirname, isAbsolute, resolve } from 'node:path'
import { z } from 'zod'
import type { BenchmarkProfile } from '../../../../contract/benchmarks.ts'
import { AppError } from '../../../../contract/errors.ts'
import type { SourceRecord } from '../../../data/detect-format.ts'
import { type ChoiceMetric, choiceMetrics, scoreChoice } from '../choice-metrics.ts'
import { type AskedRow, inEveryProfile, type TaskDeclaration, type TaskPlace } from '../declaration.ts'
import { type AnswerFilter, exactMatch, regexFilter, scoreResponse } from '../extract-answer.ts'
import { within } from '../pattern-runner.ts'
import type { OwnTask } from './own-task-schema.ts'
import { parsePythonList } from './python-literal.ts'
import { type RowField, rowField } from './row-field.ts'

const Row = z.record(z.string(), z.unknown())

/** What the harness would do with the task, as a declaration. Throws BAD_INPUT for what contradicts itself. */
export function declareOwnTask(task: OwnTask, path: string): TaskDeclaration<SourceRecord> {
  const refuse = (why: string): AppError =>
    new AppError('BAD_INPUT', `${path}: ${why}`, { path, task: task.task })
  const questions = task.test_split ?? task.validation_split
  if (questions === null) throw refuse('expected test_split or validation_split, found neither.')
  if (/\{[{%#]/.test(task.description))
    throw refuse('expected a description of plain text, found a template. Write it out.')
  const pool = task.fewshot_split ?? task.training_split ?? task.validation_split ?? questions
  const shots = task.num_fewshot ?? 0
  const common = {
    name: task.task,
    title: task.task_alias ?? task.task,
    partOf: [],
    place: placeOf(task, path),
    questions: splitWords(questions),
    shots: inEveryProfile(shots),
    shotRule:
      shots === 0
        ? null
        : {
            draw: task.fewshot_config?.sampler === 'first_n' ? ('first' as const) : ('random' as const),
            excludesQuestion: task.fewshot_split === task.test_split,
            split: splitWords(pool),
          },
    published: null,
    row: Row,
    description: task.description,
    targetDelimiter: task.target_delimiter,
    fewshotDelimiter: task.fewshot_delimiter,
    ask: askWith(task, refuse),
  }
  return task.output_type === 'multiple_choice'
    ? { ...common, ...choiceRules(task, refuse) }
    : { ...common, ...generationRules(task, refuse) }
}

/** A validation split has several names in use. */
const splitWords = (split: string): string[] => (split === 'validation' ? [split, 'valid', 'val'] : [split])

/** For each of a person's patterns on one answer: a million times what any needs. */
const patternMs = 1000

type Refuse = (why: string) => AppError
type ScoreRules = Pick<TaskDeclaration<SourceRecord>, 'generation' | 'primary' | 'score'>

function choiceRules(task: OwnTask, refuse: Refuse): ScoreRules {
  if (task.doc_to_choice === undefined)
    throw refuse('expected doc_to_choice for multiple_choice, found none.')
  if (task.filter_list || task.generation_kwargs)
    throw refuse('expected filter_list and generation_kwargs with generate_until only.')
  const named = task.metric_list?.map(({ metric }) => metric) ?? ['acc', 'acc_norm']
  const metrics = named.filter((name): name is ChoiceMetric => choiceMetrics.some((known) => known === name))
  if (metrics.length < named.length)
    throw refuse(`expected the metrics ${choiceMetrics.join(', ')} for multiple_choice, found exact_match.`)
  return {
    generation: null,
    primary: inEveryProfile(`${metrics[0]},none`),
    score: (question, answer) => scoreChoice(question, answer, metrics),
  }
}

function generationRules(task: OwnTask, refuse: Refuse): ScoreRules {
  const [metric, ...more] = task.metric_list ?? []
  if (more.length > 0 || (metric && metric.metric !== 'exact_match'))
    throw refuse('expected exact_match as the only metric of generate_until.')
  const runner = within(patternMs)
  const filters = (task.filter_list ?? [{ name: 'none', filter: [{ function: 'take_first' as const }] }]).map(
    ({ name, filter }): AnswerFilter => {
      const steps = filter.flatMap((step) =>
        step.function === 'regex'
          ? [regexFilter(step.regex_pattern, { select: step.group_select, fallback: step.fallback, runner })]
          : [],
      )
      return { name, apply: (response) => steps.reduce((text, step) => step(text), response) }
    },
  )
  const matches = exactMatch(
    {
      ignoredPatterns: metric?.regexes_to_ignore ?? [],
      ignoreCase: metric?.ignore_case ?? false,
      ignorePunctuation: metric?.ignore_punctuation ?? false,
      ignoreNumbers: metric?.ignore_numbers ?? false,
    },
    runner,
  )
  const until = task.generation_kwargs?.until ?? task.fewshot_delimiter
  return {
    generation: inEveryProfile({
      stops: typeof until === 'string' ? [until] : until,
      maxNewTokens: task.generation_kwargs?.max_gen_toks ?? 256,
    }),
    primary: inEveryProfile(`exact_match,${filters[0]!.name}`),
    score: ({ target }, { response }) => scoreResponse(response ?? '', target, filters, matches),
  }
}

/** Reads a row through the task's templates. */
function askWith(task: OwnTask, refuse: Refuse): TaskDeclaration<SourceRecord>['ask'] {
  const fields = new Map<BenchmarkProfile, RowReader>()
  return (row, profile) => {
    const reader = fields.get(profile) ?? rowReader(task, profile)
    fields.set(profile, reader)
    const prompt = reader.text.text(row)
    const choices = reader.choices?.(row) ?? []
    if (choices.length > 0 && /^\p{Nd}+$/u.test(prompt))
      throw refuse(
        `expected doc_to_text to give text, found "${prompt}": tasks of several inputs are not supported.`,
      )
    const { gold, target } =
      task.output_type === 'multiple_choice'
        ? rightChoices(reader.target(row), choices, refuse)
        : { gold: [], target: rightAnswer(reader.target(row), choices, refuse) }
    // Later versions leave out the delimiters of an answer that is empty.
    const shown = target === '' && profile !== 'harness-0.4.0' ? null : target
    const scored = task.output_type === 'multiple_choice' ? choices : []
    return { prompt, text: prompt, choices: scored, gold, target: shown } satisfies AskedRow
  }
}

interface RowReader {
  text: RowField
  /** A number is an index of the choices, of a template too where it renders digits alone. */
  target(row: SourceRecord): unknown
  choices: ((row: SourceRecord) => string[]) | null
}

function rowReader(task: OwnTask, profile: BenchmarkProfile): RowReader {
  const field = (key: string, source: string): RowField => rowField(key, source, profile, task.task)
  const { doc_to_choice: choice, doc_to_target: target } = task
  const choices = typeof choice === 'string' ? field('doc_to_choice', choice) : null
  return {
    text: field('doc_to_text', task.doc_to_text),
    target:
      typeof target === 'number'
        ? () => target
        : targetOf(field('doc_to_target', target), choice !== undefined),
    choices: choices ? (row) => choices.list(row).map(String) : Array.isArray(choice) ? () => choice : null,
  }
}

function targetOf(field: RowField, hasChoices: boolean): (row: SourceRecord) => unknown {
  return (row) => {
    const { value, isColumn } = field.read(row)
    if (isColumn || typeof value !== 'string') return value
    if (hasChoices && /^\p{Nd}+$/u.test(value)) return Number(value)
    return /^\[[\s\S]*\]$/.test(value) ? (parsePythonList(value) ?? value) : value
  }
}

function rightChoices(
  value: unknown,
  choices: readonly string[],
  refuse: Refuse,
): { gold: number[]; target: string } {
  const gold = (Array.isArray(value) ? value : [value]).map((right) =>
    typeof right === 'string' ? choices.indexOf(right) : right,
  )
  const areIndices = gold.every((i): i is number => Number.isInteger(i) && i >= 0 && i < choices.length)
  if (areIndices && gold.length > 0) return { gold, target: choices[gold[0]!]! }
  throw refuse(
    `expected doc_to_target to give one of the ${choices.length} choices or its number from 0, found ${JSON.stringify(value)}.`,
  )
}

function rightAnswer(value: unknown, choices: readonly string[], refuse: Refuse): string {
  const answer = typeof value === 'number' && choices.length > 0 ? choices[value] : value
  if (typeof answer === 'string') return answer
  if (typeof answer === 'number') return String(answer)
  throw refuse(`expected doc_to_target to give one text, found ${JSON.stringify(value)}.`)
}

/** Files by split, a folder, or a dataset of the hub below the data folder. */
function placeOf(task: OwnTask, path: string): TaskPlace {
  const beside = dirname(resolve(path))
  const { dataset_path: dataset, dataset_name: config, dataset_kwargs: more } = task
  const place = { dataset, folder: basename(dataset), config, otherConfigs: [] }
  if (more) {
    const { data_files: files } = more
    const bySplit = typeof files === 'string' || Array.isArray(files) ? { train: files } : files
    const tables = Object.entries(bySplit).map(
      ([split, named]) => [split, [named].flat().map((file) => resolve(beside, file))] as const,
    )
    return { ...place, root: beside, tables: new Map(tables) }
  }
  const isFolder = isAbsolute(dataset) || /^\.{1,2}([\\/]|$)/.test(dataset)
  return isFolder ? { ...place, root: resolve(beside, dataset) } : place
}
