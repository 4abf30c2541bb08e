import { open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { setImmediate as otherWork } from 'node:timers/promises'
import { BenchmarkQuestion } from '../../contract/benchmarks.ts'
import { AppError } from '../../contract/errors.ts'

/** Where a question stands in its file, and what pages are filtered by. */
export interface QuestionEntry {
  offset: number // bytes
  length: number
  task: string
  index: number
  metrics: Readonly<Record<string, number>>
  truncated: boolean
}

export interface QuestionFile {
  path: string
  entries: readonly QuestionEntry[]
  /** By `questionKey`. */
  byKey: ReadonlyMap<string, QuestionEntry>
}

/** The same question in another evaluation has the same key. */
export const questionKey = ({ task, index }: { task: string; index: number }): string => `${task}\n${index}`

interface Cached {
  stamp: string
  file: Promise<QuestionFile>
}
const cache = new Map<string, Cached>()
/** Two evaluations of all tasks, and some more. */
const mostCached = 24

/** The index of a task's questions, read once for each state of the file. Throws FILE_NOT_FOUND, FILE_UNREADABLE. */
export async function openQuestions(path: string): Promise<QuestionFile> {
  const found = await stat(path).catch((error: unknown) => {
    throw missing(path, error)
  })
  const stamp = `${found.size} ${found.mtimeMs}`
  const known = cache.get(path)
  const current = known?.stamp === stamp ? known : { stamp, file: readIndex(path) }
  cache.delete(path)
  cache.set(path, current)
  for (const oldest of cache.keys()) {
    if (cache.size <= mostCached) break
    cache.delete(oldest)
  }
  try {
    return await current.file
  } catch (error) {
    if (cache.get(path) === current) cache.delete(path)
    throw error
  }
}

/** The questions at these places, in the order given. Throws FILE_NOT_FOUND, FILE_UNREADABLE. */
export async function readQuestions(
  { path }: QuestionFile,
  entries: readonly QuestionEntry[],
): Promise<BenchmarkQuestion[]> {
  if (entries.length === 0) return []
  const file = await open(path).catch((error: unknown) => {
    throw missing(path, error)
  })
  try {
    const from = Math.min(...entries.map(({ offset }) => offset))
    const span = Math.max(...entries.map(({ offset, length }) => offset + length)) - from
    const isNear = span <= mostSpanBytes
    const whole = isNear ? await bytesAt(file, from, span) : null
    const questions: BenchmarkQuestion[] = []
    for (const { offset, length } of entries) {
      const bytes =
        whole?.subarray(offset - from, offset - from + length) ?? (await bytesAt(file, offset, length))
      questions.push(parseLine(BenchmarkQuestion, bytes, path))
    }
    return questions
  } finally {
    await file.close()
  }
}

/** Neighbours are read at once: a search reads all of a file. */
const mostSpanBytes = 4 << 20

async function bytesAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await file.read(bytes, 0, length, offset)
  return bytes.subarray(0, bytesRead)
}

const Entry = BenchmarkQuestion.pick({ task: true, index: true, metrics: true, truncated: true })
const linesAtOnce = 500

async function readIndex(path: string): Promise<QuestionFile> {
  const entries: QuestionEntry[] = []
  for await (const { offset, bytes } of linesOf(path)) {
    entries.push({ ...parseLine(Entry, bytes, path), offset, length: bytes.length })
    if (entries.length % linesAtOnce === 0) await otherWork() // windows and runs go on meanwhile
  }
  return { path, entries, byKey: new Map(entries.map((entry) => [questionKey(entry), entry])) }
}

const chunkBytes = 1 << 20
const newline = 0x0a

/** Whole lines with their place; a last line without its end is still being written and is left out. */
export async function* linesOf(path: string): AsyncGenerator<{ offset: number; bytes: Buffer }> {
  const file = await open(path).catch((error: unknown) => {
    throw missing(path, error)
  })
  try {
    let rest = Buffer.alloc(0)
    let offset = 0
    for (;;) {
      const chunk = Buffer.alloc(chunkBytes)
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, offset + rest.length)
      if (bytesRead === 0) return
      const text = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
      let from = 0
      for (let end = text.indexOf(newline); end !== -1; end = text.indexOf(newline, from)) {
        if (end > from) yield { offset: offset + from, bytes: text.subarray(from, end) }
        from = end + 1
      }
      rest = text.subarray(from)
      offset += from
    }
  } finally {
    await file.close()
  }
}

function parseLine<T>(schema: { parse(value: unknown): T }, bytes: Buffer, path: string): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (error) {
    throw new AppError(
      'FILE_UNREADABLE',
      `Expected a question on every line of ${path}, found something else. Remove this evaluation and start it again.`,
      { path },
      { cause: error },
    )
  }
}

function missing(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return error
  return new AppError(
    'FILE_NOT_FOUND',
    `Expected the questions in ${path}, found nothing: they are not done yet, or were moved or deleted. The scores are kept; to look at questions, start the evaluation again.`,
    { path },
    { cause: error },
  )
}
