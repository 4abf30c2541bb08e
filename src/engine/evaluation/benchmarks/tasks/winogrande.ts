import { z } from 'zod'
import { strip } from '../../../text/jinja/python-text.ts'
import { scoreChoice } from '../choice-metrics.ts'
import { inEveryProfile, type TaskDeclaration } from '../declaration.ts'

const Row = z.object({
  sentence: z.string().includes('_'),
  option1: z.string(),
  option2: z.string(),
  answer: z.enum(['1', '2']),
})

/** Partial evaluation: how likely the sentence's end is after either option. */
export const winogrande: TaskDeclaration<z.infer<typeof Row>> = {
  name: 'winogrande',
  title: 'Winogrande',
  partOf: [],
  place: {
    dataset: 'allenai/winogrande',
    folder: 'winogrande',
    config: 'winogrande_xl',
    otherConfigs: ['winogrande_xs', 'winogrande_s', 'winogrande_m', 'winogrande_l', 'winogrande_debiased'],
  },
  questions: ['validation', 'valid', 'val', 'dev'],
  shots: { 'harness-0.4.0': 0, 'harness-current': 5 }, // 0.4.0 drew five and lost them
  shotRule: { draw: 'random', excludesQuestion: true, split: ['train'] },
  published: { questions: 1267, shots: 40398 },
  row: Row,
  description: '',
  targetDelimiter: ' ',
  fewshotDelimiter: '\n\n',
  ask: ({ sentence, option1, option2, answer }) => {
    const gap = sentence.indexOf('_')
    const before = sentence.slice(0, gap)
    const openings = [before + option1, before + option2]
    const gold = answer === '1' ? 0 : 1
    return {
      prompt: openings[gold]!,
      text: sentence,
      choices: openings,
      gold: [gold],
      target: strip(sentence.slice(gap + 1)),
      openings,
    }
  },
  generation: null,
  primary: inEveryProfile('acc,none'),
  score: (question, answer) => scoreChoice(question, answer, ['acc']),
}
