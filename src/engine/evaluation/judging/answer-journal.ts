import { open, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { AppError } from '../../../contract/errors.ts'
import { AnswerFinish } from '../../../contract/judging.ts'

const Head = z.object({ journal: z.literal('answers'), key: z.string() })

/** One turn that is answered. */
export const AnsweredTurn = z.object({
  question: z.string(),
  turn: z.number().int().min(0).max(1),
  text: z.string(),
  finish: AnswerFinish,
  tokens: z.number().int(),
})
export type AnsweredTurn = z.infer<typeof AnsweredTurn>

export interface AnswerJournal {
  /** By `turnKey`. */
  turns: Map<string, AnsweredTurn>
  /** On disk (fsync) when it resolves. */
  append(turns: readonly AnsweredTurn[]): Promise<void>
  close(): Promise<void>
}

export const turnKey = ({ question, turn }: Pick<AnsweredTurn, 'question' | 'turn'>): string =>
  `${turn} ${question}`

/**
 * Opens or starts a journal of answered turns. What a crash left of a last line is cut off. Throws FILE_EXISTS for one
 * that was begun with another key (model, questions or settings).
 */
export async function openAnswerJournal(path: string, key: string): Promise<AnswerJournal> {
  const { turns, bytes } = await readJournal(path, key)
  const file = await open(path, bytes === 0 ? 'w' : 'r+')
  let position = bytes
  const write = async (text: string): Promise<void> => {
    const data = Buffer.from(text)
    for (let done = 0; done < data.length;)
      done += (await file.write(data, done, data.length - done, position + done)).bytesWritten
    await file.datasync()
    position += data.length
  }
  if (bytes === 0) await write(`${JSON.stringify({ journal: 'answers', key })}\n`)
  else await file.truncate(bytes)
  return {
    turns,
    async append(added) {
      if (added.length === 0) return
      await write(added.map((turn) => `${JSON.stringify(turn)}\n`).join(''))
      for (const turn of added) turns.set(turnKey(turn), turn)
    },
    close: () => file.close(),
  }
}

async function readJournal(
  path: string,
  key: string,
): Promise<{ turns: Map<string, AnsweredTurn>; bytes: number }> {
  const turns = new Map<string, AnsweredTurn>()
  let data: Buffer
  try {
    data = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { turns, bytes: 0 }
    throw error
  }
  let bytes = 0
  for (let end = data.indexOf(0x0a); end !== -1; end = data.indexOf(0x0a, bytes)) {
    const value = jsonOf(data.toString('utf8', bytes, end))
    if (bytes === 0) {
      const head = Head.safeParse(value)
      if (!head.success) break // the first write of all was cut: nothing was behind it
      if (head.data.key !== key) throw otherAnswers(path)
    } else {
      const turn = AnsweredTurn.safeParse(value)
      if (!turn.success) break
      turns.set(turnKey(turn.data), turn.data)
    }
    bytes = end + 1
  }
  return { turns, bytes }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Answers under this name that another model, other questions or other settings gave. */
export const otherAnswers = (path: string): AppError =>
  new AppError(
    'FILE_EXISTS',
    `Expected ${path} to be of the same model, questions and settings; it is of others. Choose another output folder or ` +
      'model name, or move the old answers away.',
    { path },
  )
