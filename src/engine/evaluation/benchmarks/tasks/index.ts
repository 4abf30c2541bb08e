import { leaderboardTasks, type LeaderboardTask } from '../../../../contract/benchmarks.ts'
import type { DeclaredTask, TaskDeclaration } from '../declaration.ts'
import { arcChallenge } from './arc-challenge.ts'
import { gsm8k } from './gsm8k.ts'
import { hellaswag } from './hellaswag.ts'
import { mmlu } from './mmlu.ts'
import { truthfulqaMc2 } from './truthfulqa-mc2.ts'
import { winogrande } from './winogrande.ts'

const alone = (task: TaskDeclaration): DeclaredTask => ({
  name: task.name,
  title: task.title,
  own: false,
  parts: [task],
})

const tasks: Readonly<Record<LeaderboardTask, DeclaredTask>> = {
  arc_challenge: alone(arcChallenge),
  truthfulqa_mc2: alone(truthfulqaMc2),
  winogrande: alone(winogrande),
  gsm8k: alone(gsm8k),
  hellaswag: alone(hellaswag),
  mmlu: { name: 'mmlu', title: 'MMLU', own: false, parts: mmlu },
}

export const declaredTasks: readonly DeclaredTask[] = leaderboardTasks.map((name) => tasks[name])
