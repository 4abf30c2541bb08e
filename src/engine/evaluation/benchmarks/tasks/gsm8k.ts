import { z } from 'zod'
import type { BenchmarkProfile } from '../../../../contract/benchmarks.ts'
import { inEveryProfile, type TaskDeclaration } from '../declaration.ts'
import { exactMatch, regexFilter, scoreResponse } from '../extract-answer.ts'

const Row = z.object({ question: z.string(), answer: z.string() })

const afterHashes = String.raw`#### (\-?[0-9\.\,]+)`
const ignored = [',', String.raw`\$`, '(?s).*#### ']

const rules: Readonly<Record<BenchmarkProfile, Parameters<typeof scoreResponse>[2]>> = {
  'harness-0.4.0': [{ name: 'get-answer', apply: regexFilter(afterHashes) }],
  'harness-current': [
    { name: 'strict-match', apply: regexFilter(afterHashes) },
    { name: 'flexible-extract', apply: regexFilter('(-?[$0-9.,]{2,})|(-?[0-9]+)', { select: -1 }) },
  ],
}

const matching = (ignoredPatterns: readonly string[]) =>
  exactMatch({ ignoredPatterns, ignoreCase: true, ignorePunctuation: false, ignoreNumbers: false })
const matches: Readonly<Record<BenchmarkProfile, ReturnType<typeof exactMatch>>> = {
  'harness-0.4.0': matching(ignored), // "#### 18." is wrong here
  'harness-current': matching([...ignored, String.raw`\.$`]),
}

export const gsm8k: TaskDeclaration<z.infer<typeof Row>> = {
  name: 'gsm8k',
  title: 'GSM8K',
  partOf: [],
  place: { dataset: 'openai/gsm8k', folder: 'gsm8k', config: 'main', otherConfigs: ['socratic'] },
  questions: ['test'],
  shots: inEveryProfile(5),
  shotRule: { draw: 'random', excludesQuestion: false, split: ['train'] },
  published: { questions: 1319, shots: 7473 },
  row: Row,
  description: '',
  targetDelimiter: ' ',
  fewshotDelimiter: '\n\n',
  ask: ({ question, answer }) => ({
    prompt: `Question: ${question}\nAnswer:`,
    text: question,
    choices: [],
    gold: [],
    target: answer,
  }),
  generation: {
    'harness-0.4.0': { stops: ['\n\n', 'Question:'], maxNewTokens: 256 },
    'harness-current': { stops: ['Question:', '</s>', '<|im_end|>'], maxNewTokens: 256 },
  },
  primary: {
    'harness-0.4.0': 'exact_match,get-answer',
    'harness-current': 'exact_match,strict-match',
  },
  score: ({ target }, { response }, profile) =>
    scoreResponse(response ?? '', target, rules[profile], matches[profile]),
}
