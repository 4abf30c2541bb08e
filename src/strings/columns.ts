import { count } from './amounts.ts'

/** What the columns of a dataset hold, in words. */
export const columnWords = {
  empty: 'empty',
  text: 'text',
  number: 'number',
  boolean: 'true or false',
  date: 'date',
  object: 'object',
  list: 'list',
  messages: 'list of messages',
  texts: 'list of text',
  numbers: 'list of numbers',
  either: (one: string, other: string) => `${one} or ${other}`,
  mixed: 'mixed',
  /** After the first message of a conversation. */
  more: (messages: number) => `, ${count(messages)} more`,
} as const
