import { AppError } from '../../../contract/errors.ts'
import type { LoadOptions } from './task.ts'

export interface Shot {
  prompt: string
  /** Null = without an answer. */
  answer: string | null
}

export interface PromptParts {
  description: string
  shots: readonly Shot[]
  prompt: string
}

export interface Delimiters {
  target: string
  fewshot: string
}

/** What the model reads before an answer, and what stands between the two. */
export interface PromptWriter {
  write(parts: PromptParts): string
  answerDelimiter: string
}

/**
 * As plain text, or as a chat: the description is the system's turn, each shot a turn of the user and one of the assistant
 * (the harness's `--apply_chat_template`, where `--fewshot_as_multiturn` is the default), and the answer follows the
 * opening of the last turn without a delimiter.
 */
export function promptWriter(chat: LoadOptions['chat'], delimiters: Delimiters): PromptWriter {
  if (chat === null)
    return { write: (parts) => plainText(parts, delimiters), answerDelimiter: delimiters.target }
  return { write: (parts) => chatText(parts, chat), answerDelimiter: '' }
}

function plainText({ description, shots, prompt }: PromptParts, { target, fewshot }: Delimiters): string {
  const examples = shots.map((shot) =>
    shot.answer === null ? shot.prompt : shot.prompt + target + shot.answer + fewshot,
  )
  return description + examples.join('') + prompt
}

function chatText(
  { description, shots, prompt }: PromptParts,
  chat: NonNullable<LoadOptions['chat']>,
): string {
  const turns = [
    ...shots.flatMap((shot) => [
      { role: 'user' as const, content: shot.prompt },
      ...(shot.answer === null ? [] : [{ role: 'assistant' as const, content: shot.answer }]),
    ]),
    { role: 'user' as const, content: prompt },
  ]
  if (description === '') return chat(turns)
  try {
    return chat([{ role: 'system', content: description }, ...turns])
  } catch (error) {
    // A template that knows no system role: the harness leaves the description out.
    if (error instanceof AppError && error.code === 'TEMPLATE_BROKEN') return chat(turns)
    throw error
  }
}
