import { z } from 'zod'
import { scoreChoice } from '../choice-metrics.ts'
import { inEveryProfile, type TaskDeclaration } from '../declaration.ts'

/** Labels are letters or numbers; there are 3 to 5 choices. */
const Row = z.object({
  question: z.string(),
  choices: z.object({ text: z.array(z.string()).min(1), label: z.array(z.string()) }),
  answerKey: z.string(),
})

export const arcChallenge: TaskDeclaration<z.infer<typeof Row>> = {
  name: 'arc_challenge',
  title: 'ARC-Challenge',
  partOf: [],
  place: {
    dataset: 'allenai/ai2_arc',
    folder: 'ai2_arc',
    config: 'ARC-Challenge',
    otherConfigs: ['ARC-Easy'],
  },
  questions: ['test'],
  shots: inEveryProfile(25),
  shotRule: { draw: 'random', excludesQuestion: false, split: ['train'] },
  published: { questions: 1172, shots: 1119 },
  row: Row,
  description: '',
  targetDelimiter: ' ',
  fewshotDelimiter: '\n\n',
  ask: ({ question, choices, answerKey }) => {
    const gold = choices.label.indexOf(answerKey)
    return {
      prompt: `Question: ${question}\nAnswer:`,
      text: question,
      choices: choices.text,
      gold: [gold],
      target: choices.text[gold] ?? null,
    }
  },
  generation: null,
  primary: inEveryProfile('acc_norm,none'),
  score: (question, answer) => scoreChoice(question, answer, ['acc', 'acc_norm']),
}
