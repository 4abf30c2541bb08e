import { expect, it } from 'vitest'
import { errorCodes } from '../../../src/contract/errors.ts'
import { runStrings as words, type Whereabouts } from '../../../src/renderer/strings/run.ts'

const training: Whereabouts = {
  iteration: 2,
  stage: 'finetune',
  step: 458,
  savedStep: 450,
  savedFractions: 15,
}

it('a full disk is told with what happened, what is safe and what to do', () => {
  const { what, todo } = words.failure('DISK_FULL', training)
  expect([what, words.safe(training), todo, words.repeats(8)].join(' ')).toBe(
    'The project disk is full, so the run stopped at step 458 of iteration 2. Everything up to step 450 is saved. ' +
      'Free space on this disk, then resume. It repeats 8 steps.',
  )
})

it('every failure has a sentence and something to do, those that nobody foresaw too', () => {
  for (const code of [...errorCodes, 'SOMETHING_NEW', null]) {
    const { what, todo } = words.failure(code, training)
    expect(what).toMatch(/^[A-Z].*\.$/)
    expect(todo).toMatch(/^[A-Z].*\.$/)
  }
})

it('before the first saved step the answers are what is safe', () => {
  expect(words.safe({ ...training, step: 12, savedStep: 0 })).toContain('generated answers')
  expect(words.safe({ ...training, stage: 'generate', savedFractions: 1 })).toContain('1 fraction is saved')
})

it('a question before cancelling names the iterations that stay', () => {
  expect(words.cancelKeeps([0, 1])).toBe('Iterations 0 and 1 stay saved.')
  expect(words.cancelKeeps([0])).toBe('Iteration 0 stays saved.')
  expect(words.cancelKeeps([])).toBe('No iteration is finished yet.')
})
