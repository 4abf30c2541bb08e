import type { Command } from './command.ts'
import { answersAction } from './judge/answers-action.ts'
import { exportAction, importAction } from './judge/exchange-actions.ts'
import { logProbAction } from './judge/log-prob-action.ts'
import { costAction, reportAction, runAction } from './judge/run-action.ts'

/** MT-Bench's way of comparing chat models: answers to two-turn questions, judged by a model that the person names. */
export const judgeCommand: Command = {
  name: 'judge',
  summary: 'lets models answer two-turn questions, and a judge of your choice compare the answers',
  usage: 'ACTION [options]',
  options: {},
  actions: [answersAction, costAction, runAction, reportAction, exportAction, importAction, logProbAction],
  run: () => Promise.resolve(),
}
