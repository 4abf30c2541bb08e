import type { DatasetRow, Message, PairRow } from '../../contract/chat.ts'
import type { ColumnMapping, DroppedRow } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { SourceRecord } from './detect-format.ts'
import { checkRole } from './mapping.ts'
import { promptId } from './row-identity.ts'

export type DropReason = DroppedRow['reason']

/** Why a row can't be used; caught row by row, never leaves this folder. */
export class RowProblem extends Error {
  readonly reason: DropReason

  constructor(reason: DropReason, detail: string) {
    super(detail)
    this.name = 'RowProblem'
    this.reason = reason
  }
}

const roleNames: Readonly<Record<string, Message['role']>> = {
  system: 'system',
  user: 'user',
  human: 'user',
  prompter: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bot: 'assistant',
  model: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
}

/**
 * Makes a dataset row of a source record. A conversation's prompt is everything before its last assistant message,
 * system messages included; that message is the answer; what follows it is left out.
 * Throws RowProblem with the reason and what was found.
 */
export function datasetRowOf(record: SourceRecord, mapping: ColumnMapping): DatasetRow {
  const { prompt, answer } = splitAtAnswer(conversationOf(record, mapping))
  if (!prompt.some((m) => m.role === 'user')) {
    throw new RowProblem(
      'no-user-turn',
      `expected a user message before the answer, found ${rolesOf(prompt)}`,
    )
  }
  if (prompt.every((m) => m.role !== 'user' || m.content.trim() === '')) {
    throw new RowProblem('empty-prompt', 'the user message is blank')
  }
  if (answer.trim() === '') throw new RowProblem('empty-answer', 'the answer is blank')
  return { id: promptId(prompt), prompt, answer, check: checkOf(record, mapping) }
}

/**
 * Makes a pair of a record that holds two answers to one prompt: the chosen one in `real`, the rejected one in
 * `generated`. A rejected conversation must agree with the chosen one up to its last answer. Throws RowProblem.
 */
export function preferencePairOf(record: SourceRecord, mapping: ColumnMapping): PairRow {
  const { id, prompt, answer, check } = datasetRowOf(record, mapping)
  const rejected = splitAtAnswer(
    mapping.format === 'real-generated'
      ? messagesOf(optionalCell(record, mapping, 'generated'), 'generated')
      : withSystem(record, mapping, fromPromptAndAnswer(record, mapping, 'rejected')),
  )
  if (rejected.answer.trim() === '') throw new RowProblem('empty-answer', 'the rejected answer is blank')
  if (promptId(rejected.prompt) !== id) {
    throw new RowProblem('different-prompts', 'chosen and rejected answer different prompts')
  }
  return { id, prompt, real: answer, generated: rejected.answer, finishReason: 'stop', check }
}

/** Throws DATASET_UNMAPPED for a layout without a second answer. */
export function assertTwoAnswers(mapping: ColumnMapping, path: string): void {
  if (mapping.columns['rejected'] !== undefined || mapping.columns['generated'] !== undefined) return
  const columns = Object.values(mapping.columns)
  throw new AppError(
    'DATASET_UNMAPPED',
    `Expected two answers a row in ${path} (columns chosen and rejected) to keep the rejected ones; found ${columns.join(', ')}. ` +
      'Import it without keepRejected (--keep_rejected=true), or map the columns.',
    { path, columns },
  )
}

/** Splits a conversation at its last assistant message. */
export function splitAtAnswer(messages: readonly Message[]): { prompt: Message[]; answer: string } {
  const at = messages.findLastIndex((m) => m.role === 'assistant')
  const last = messages[at]
  if (last === undefined) {
    throw new RowProblem('no-assistant-turn', `expected an assistant message, found ${rolesOf(messages)}`)
  }
  return { prompt: messages.slice(0, at), answer: last.content }
}

function conversationOf(record: SourceRecord, mapping: ColumnMapping): Message[] {
  switch (mapping.format) {
    case 'messages':
      return messagesOf(cell(record, mapping, 'messages'), 'messages')
    case 'conversations':
      return withSystem(record, mapping, messagesOf(cell(record, mapping, 'conversations'), 'conversations'))
    case 'real-generated':
      return messagesOf(cell(record, mapping, 'real'), 'real')
    case 'chosen-rejected':
      return withSystem(record, mapping, fromPromptAndAnswer(record, mapping, 'chosen'))
    case 'prompt-response':
      return withSystem(record, mapping, fromPromptAndAnswer(record, mapping, 'response'))
    case 'instruction': {
      const instruction = textOf(cell(record, mapping, 'instruction'), 'instruction')
      const input =
        mapping.columns['input'] === undefined ? '' : textOf(optionalCell(record, mapping, 'input'), 'input')
      // The layout of Alpaca without its English preamble, which a chat template replaces.
      const content = input.trim() === '' ? instruction : `${instruction}\n\n${input}`
      const output = textOf(cell(record, mapping, 'output'), 'output')
      return withSystem(record, mapping, [
        { role: 'user', content },
        { role: 'assistant', content: output },
      ])
    }
  }
}

function fromPromptAndAnswer(record: SourceRecord, mapping: ColumnMapping, answerRole: string): Message[] {
  const answer = jsonListOr(cell(record, mapping, answerRole))
  const prompt =
    mapping.columns['prompt'] === undefined ? undefined : jsonListOr(cell(record, mapping, 'prompt'))
  if (Array.isArray(answer)) {
    const messages = messagesOf(answer, answerRole)
    // A list of messages may be the whole conversation or, beside a prompt, only the answer.
    if (messages.some((m) => m.role === 'user') || prompt === undefined) return messages
    return [...promptMessages(prompt), ...messages]
  }
  if (prompt === undefined) {
    throw new RowProblem(
      'wrong-type',
      `${answerRole}: expected a list of messages, found ${typeName(answer)}`,
    )
  }
  return [...promptMessages(prompt), { role: 'assistant', content: textOf(answer, answerRole) }]
}

function promptMessages(prompt: unknown): Message[] {
  return Array.isArray(prompt)
    ? messagesOf(prompt, 'prompt')
    : [{ role: 'user', content: textOf(prompt, 'prompt') }]
}

function withSystem(record: SourceRecord, mapping: ColumnMapping, messages: Message[]): Message[] {
  if (mapping.columns['system'] === undefined) return messages
  const content = textOf(optionalCell(record, mapping, 'system'), 'system')
  if (content.trim() === '' || messages[0]?.role === 'system') return messages
  return [{ role: 'system', content }, ...messages]
}

/** Reads `[{role, content}]` and ShareGPT's `[{from, value}]`, as a list or as JSON text of one. */
export function messagesOf(value: unknown, column: string): Message[] {
  const list = jsonListOr(value)
  if (!Array.isArray(list)) {
    throw new RowProblem('wrong-type', `${column}: expected a list of messages, found ${typeName(list)}`)
  }
  return list.map((item: unknown, i) => {
    if (typeof item !== 'object' || item === null) {
      throw new RowProblem('wrong-type', `${column}[${i}]: expected a message, found ${typeName(item)}`)
    }
    const turn = item as Record<string, unknown>
    const said = turn['role'] ?? turn['from']
    const role = typeof said === 'string' ? roleNames[said.toLowerCase()] : undefined
    if (role === undefined) {
      throw new RowProblem(
        'wrong-type',
        `${column}[${i}]: expected the role system, user or assistant, found ${show(said)}`,
      )
    }
    return { role, content: textOf(turn['content'] ?? turn['value'], `${column}[${i}].content`) }
  })
}

function jsonListOr(value: unknown): unknown {
  if (typeof value !== 'string' || !value.trimStart().startsWith('[')) return value
  try {
    const parsed: unknown = JSON.parse(value)
    return Array.isArray(parsed) && parsed.every(looksLikeMessage) ? parsed : value
  } catch (error) {
    // A text that only looks like a list, e.g. "[INST] …".
    if (error instanceof SyntaxError) return value
    throw error
  }
}

function looksLikeMessage(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('role' in value || 'from' in value)
}

function cell(record: SourceRecord, mapping: ColumnMapping, role: string): unknown {
  const column = mapping.columns[role]
  if (column === undefined || !Object.hasOwn(record, column)) {
    throw new RowProblem('wrong-type', `the column ${column ?? role} is missing in this row`)
  }
  return record[column]
}

function optionalCell(record: SourceRecord, mapping: ColumnMapping, role: string): unknown {
  return record[mapping.columns[role] ?? ''] ?? ''
}

function textOf(value: unknown, where: string): string {
  // An empty CSV field and a null are "nothing was written here": the emptiness checks name them.
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string')
    throw new RowProblem('wrong-type', `${where}: expected text, found ${typeName(value)}`)
  // Half of a surrogate pair has no UTF-8 form; the tokenizer and every file would differ about it.
  return value.isWellFormed() ? value : value.toWellFormed()
}

function checkOf(record: SourceRecord, mapping: ColumnMapping): string | null {
  const column = mapping.columns[checkRole]
  const value = column === undefined ? null : (record[column] ?? null)
  if (value === null || value === '') return null
  return typeof value === 'string' ? value.toWellFormed() : JSON.stringify(value)
}

function rolesOf(messages: readonly Message[]): string {
  return messages.length === 0
    ? 'no messages'
    : `only ${[...new Set(messages.map((m) => m.role))].join(', ')}`
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value} (${show(value)})`
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60)
}
