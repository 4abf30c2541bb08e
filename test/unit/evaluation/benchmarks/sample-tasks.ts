import type {
  BenchmarkTask,
  ModelAnswer,
  QuestionScore,
  TaskQuestion,
} from '../../../../src/engine/evaluation/benchmarks/task.ts'
import { hash32 } from '../../../../src/engine/tensor/random.ts'

/** Questions of every shape that tasks have, over made-up words. */

const syllables = ['ba', 'hello', ' w', 'ki', 'lo', 'mu', ' the', 'ne', 'll', 'ra']
export const words = (count: number, ...seed: (string | number)[]): string =>
  Array.from({ length: count }, (_, i) => syllables[hash32(...seed, i) % syllables.length]).join('')

const choice = (context: string, continuation: string) => ({ context, continuation })

function question(
  task: string,
  index: number,
  requests: TaskQuestion['requests'],
  choices: readonly string[] = [],
): TaskQuestion {
  const gold = choices.length === 0 ? [] : [hash32(task, index) % choices.length]
  const target = choices[gold[0] ?? -1] ?? String(index)
  return { task, index, text: `Question ${index}`, choices, gold, target, requests }
}

/** Shots drawn anew for every question: nothing in common; 3 to 5 choices of a few tokens each. */
export function drawnShots(count: number, task = 'drawn'): TaskQuestion[] {
  return Array.from({ length: count }, (_, i) => {
    const shots = Array.from({ length: 3 }, (_, s) => `Q: ${words(3, task, i, s)}\nA: ${words(2, i, s, 'a')}`)
    const context = `${shots.join('\n\n')}\n\nQ: ${words(2 + (i % 7), 'q', i)}\nA:`
    const choices = Array.from({ length: 3 + (i % 3) }, (_, c) => words(1 + ((i + c) % 4), 'c', i, c))
    return question(
      task,
      i,
      choices.map((text) => choice(context, ` ${text}`)),
      choices,
    )
  })
}

/** A subject: the same shots for all, four letters of one token each. */
export function subject(count: number, task = 'subject_a'): TaskQuestion[] {
  const shots = Array.from({ length: 4 }, (_, s) => `${words(5, task, s)}\nA. x\nB. y\nAnswer: A`).join(
    '\n\n',
  )
  const letters = ['A', 'B', 'C', 'D']
  return Array.from({ length: count }, (_, i) => {
    const context = `About ${task}.\n\n${shots}\n\n${words(2 + (i % 9), 's', i)}\nAnswer:`
    return question(
      task,
      i,
      letters.map((letter) => choice(context, letter)),
      letters,
    )
  })
}

/** One continuation after one of two contexts. */
export function partial(count: number, task = 'partial'): TaskQuestion[] {
  return Array.from({ length: count }, (_, i) => {
    const start = `${words(3, 'p', i)} `
    const options = [words(1, 'o', i, 0), words(2, 'o', i, 1)]
    return question(
      task,
      i,
      options.map((option) => choice(start + option, ` ${words(3, 'r', i)}`)),
      options,
    )
  })
}

/** Blanks at a context's end, no context at all, choices that are equal, choices that merge with their context. */
export function odd(task = 'odd'): TaskQuestion[] {
  const of = (context: string, choices: readonly string[], index: number) =>
    question(
      task,
      index,
      choices.map((text) => choice(context, text)),
      choices,
    )
  return [
    of('he ll \n ', ['hello', 'w'], 0),
    of('', ['hello w', ' the'], 1),
    of(
      'Say he',
      ['llo', 'llo w', 'llo w'].map((text) => `${text}!`),
      2,
    ),
    of(words(300, 'long'), [' ba', ' mu ki lo'], 3),
  ]
}

export function generated(count: number, task = 'generated', maxNewTokens = 24): TaskQuestion[] {
  return Array.from({ length: count }, (_, i) =>
    question(task, i, {
      context: `Q: ${words(2 + (i % 5), 'g', i)}\nA:`,
      stops: ['\n\n', 'Q:'],
      maxNewTokens,
    }),
  )
}

/** `acc`: the first highest log-likelihood is a right one; `exact_match` of a generated answer. */
export function taskOf(
  name: string,
  questions: readonly TaskQuestion[],
  partOf: readonly string[] = [],
): BenchmarkTask {
  const isGenerated = questions.some(({ requests }) => !Array.isArray(requests))
  return {
    name,
    primary: isGenerated ? 'exact_match,none' : 'acc,none',
    partOf,
    questions,
    dataSha256: `data of ${name}`,
    score({ gold, target }, { logLikelihoods, response }: ModelAnswer): QuestionScore {
      if (response !== null)
        return {
          metrics: { 'exact_match,none': response.trim() === target ? 1 : 0 },
          extracted: { none: response.trim() },
        }
      const best = logLikelihoods.indexOf(Math.max(...logLikelihoods))
      return { metrics: { 'acc,none': gold.includes(best) ? 1 : 0 }, extracted: {} }
    },
  }
}
