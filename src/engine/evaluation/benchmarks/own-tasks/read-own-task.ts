import { readFile, stat } from 'node:fs/promises'
import { isNode, parseDocument, visit } from 'yaml'
import { z } from 'zod'
import { leaderboardTasks } from '../../../../contract/benchmarks.ts'
import { AppError } from '../../../../contract/errors.ts'
import { fileError } from '../../../data/atomic-file.ts'
import type { DeclaredTask } from '../declaration.ts'
import { declareOwnTask } from './declare-own-task.ts'
import { OwnTask } from './own-task-schema.ts'

const mostBytes = 1_000_000
/** Copies that `*alias` may make: a few lines of them can stand for gigabytes. */
const mostAliases = 50

/**
 * A person's own task from a YAML file: the keys of lm-evaluation-harness that OwnTask has. Throws FILE_NOT_FOUND,
 * FILE_UNREADABLE (not YAML, too large), BAD_INPUT (keys and values that are not understood, by name).
 */
export async function readOwnTask(path: string): Promise<DeclaredTask> {
  const task = parseOwnTask(await readYaml(path), path)
  if (leaderboardTasks.some((name) => name === task.task || task.task.startsWith(`${name}_`))) {
    throw new AppError(
      'BAD_INPUT',
      `Expected a name of its own for the task in ${path}, found "${task.task}", which is a public task's. Rename it.`,
      { path, task: task.task },
    )
  }
  const declared = declareOwnTask(task, path)
  return { name: declared.name, title: declared.title, own: true, parts: [declared] }
}

function parseOwnTask(text: string, path: string): OwnTask {
  const parsed = OwnTask.safeParse(parseYaml(text, path))
  if (parsed.success) return parsed.data
  throw new AppError(
    'BAD_INPUT',
    `Expected a task for lm-evaluation-harness in ${path}, found what this program does not understand: ${z.prettifyError(parsed.error)}`,
    { path },
    { cause: parsed.error },
  )
}

async function readYaml(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > mostBytes) throw unreadable(path, `${size} bytes; a task has at most ${mostBytes}`)
    return await readFile(path, 'utf8')
  } catch (error) {
    throw fileError(error, path, 'read')
  }
}

function parseYaml(text: string, path: string): unknown {
  try {
    const document = parseDocument(text, { schema: 'core', stringKeys: true, uniqueKeys: true })
    const [problem] = document.errors
    if (problem) throw unreadable(path, problem.message)
    visit(document, (_key, node) => {
      if (isNode(node) && 'tag' in node && typeof node.tag === 'string' && node.tag.startsWith('!')) {
        throw new AppError(
          'BAD_INPUT',
          `Expected a task without program code in ${path}, found "${node.tag}". Write it as a template instead.`,
          { path, tag: node.tag },
        )
      }
    })
    return document.toJS({ maxAliasCount: mostAliases })
  } catch (error) {
    if (error instanceof AppError || !(error instanceof Error)) throw error
    throw unreadable(path, error.message, error) // too many aliases, or nested too deep
  }
}

const unreadable = (path: string, found: string, cause?: unknown): AppError =>
  new AppError(
    'FILE_UNREADABLE',
    `Expected a YAML file with one task at ${path}, found: ${found.split('\n', 1)[0]}. Correct the file.`,
    { path },
    { cause },
  )
