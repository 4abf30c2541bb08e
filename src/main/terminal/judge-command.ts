import type { Command } from './command.ts'
import { answersAction } from './judge/answers-action.ts'

/** MT-Bench's way of comparing chat models: answers to two-turn questions, judged by a model that the person names. */
export const judgeCommand: Command = {
  name: 'judge',
  summary: 'lets models answer two-turn questions, and a judge of your choice compare the answers',
  usage: 'ACTION [options]',
  options: {},
  actions: [answersAction],
  run: () => Promise.resolve(),
}
