import { z } from 'zod'
import { capitalize, strip } from '../../../text/jinja/python-text.ts'
import { scoreChoice } from '../choice-metrics.ts'
import { inEveryProfile, type TaskDeclaration } from '../declaration.ts'

const Row = z.object({
  activity_label: z.string(),
  ctx_a: z.string(),
  ctx_b: z.string(),
  endings: z.array(z.string()).min(1),
  label: z.coerce.number().int().min(0),
})

/** Brackets are left over from WikiHow. */
const clean = (text: string): string =>
  strip(text)
    .replaceAll(' [title]', '. ')
    .replaceAll(/\[[^\n]*?\]/g, '')
    .replaceAll('  ', ' ')

export const hellaswag: TaskDeclaration<z.infer<typeof Row>> = {
  name: 'hellaswag',
  title: 'HellaSwag',
  partOf: [],
  place: { dataset: 'Rowan/hellaswag', folder: 'hellaswag', config: null, otherConfigs: [] },
  questions: ['validation', 'valid', 'val'],
  shots: inEveryProfile(10),
  shotRule: { draw: 'random', excludesQuestion: true, split: ['train'] },
  published: { questions: 10042, shots: 39905 },
  row: Row,
  description: '',
  targetDelimiter: ' ',
  fewshotDelimiter: '\n\n',
  ask: (row) => {
    const text = clean(`${row.activity_label}: ${row.ctx_a} ${capitalize(row.ctx_b)}`)
    const choices = row.endings.map(clean)
    return { prompt: text, text, choices, gold: [row.label], target: choices[row.label] ?? null }
  },
  generation: null,
  primary: inEveryProfile('acc_norm,none'),
  score: (question, answer) => scoreChoice(question, answer, ['acc', 'acc_norm']),
}
