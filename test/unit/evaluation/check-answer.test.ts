import { describe, expect, it } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import {
  checkAnswer,
  checkKind,
  exactMatch,
  isValidAnswer,
} from '../../../src/engine/evaluation/check-answer.ts'
import { checkers } from '../../../src/engine/evaluation/checkers/checker-table.ts'

const cases: { check: string; right: string[]; wrong: string[] }[] = [
  {
    check: 'word:len=5:start=b:with=r',
    right: ['bread', ' brown\n'],
    wrong: ['', 'brxad', 'Bread', 'board games', 'bear', 'crab', 'begin'],
  },
  { check: 'word:end=d', right: ['bread'], wrong: ['doctor'] },
  {
    check: 'sorted:3:10:50',
    right: ['10 20 50', '11 12 13'],
    wrong: [
      '10 20',
      '9 20 30',
      '10 20 51',
      '20 10 30',
      '10 10 20',
      '10, 20, 30',
      '10 20 3o',
      '010 20 30',
      '10 20 30 40',
    ],
  },
  { check: 'code:3:2', right: ['k4a91', '123ab'], wrong: ['k4a9', 'k4a912', 'K4a91', 'ka912b', 'k4-91'] },
  { check: 'code:3:2:k', right: ['k4a91'], wrong: ['a4k91'] },
  {
    check: 'brackets:2:1:0',
    right: ['([])()', '()()[]', '[(())]'],
    wrong: ['', '([)]()', '(())', '()()[', '())([]', '()()[]{}', '() () []'],
  },
  {
    check: 'anagram:stone',
    right: ['notes', 'enots'],
    wrong: ['stone', 'note', 'notess', 'nottes', 'NOTES'],
  },
  { check: 'pattern:ABBA:k', right: ['kzzk'], wrong: ['zkkz'] },
  { check: 'pattern:ABBA', right: ['kzzk'], wrong: ['kkkk', 'kzzz', 'kzk', 'KZZK', '1221'] },
  { check: 'palindrome:5:with=k', right: ['akbka', 'kabak'], wrong: ['abcba', 'kkkkk', 'akka', 'akbak'] },
  { check: 'palindrome:6:start=m', right: ['mabbam'], wrong: ['ambbma', 'mabbax'] },
  {
    check: 'pick:2:fox,owl,hen,cat',
    right: ['hen fox', 'fox hen'],
    wrong: ['hen', 'hen hen', 'hen dog', 'hen, fox', 'hen fox owl'],
  },
  {
    check: 'sentence:4:colour=red',
    right: ['the red fox runs.'],
    wrong: [
      'the red fox runs',
      'the blue fox runs.',
      'the red fox.',
      'the red old fox runs.',
      'a red fox runs.',
    ],
  },
  { check: 'sentence:5:animal=owl', right: ['the old owl waits here.'], wrong: ['the old hen waits here.'] },
  { check: 'sentence:3:start=c', right: ['the crow sings.'], wrong: ['the fox runs.'] },
]

describe('checkAnswer', () => {
  it.each(cases)('tells right from wrong answers of $check', ({ check, right, wrong }) => {
    expect(right.filter((answer) => !checkAnswer(check, answer))).toEqual([])
    expect(wrong.filter((answer) => checkAnswer(check, answer))).toEqual([])
  })

  it('has a case for every kind of the table', () => {
    expect(new Set(cases.map(({ check }) => checkKind(check)))).toEqual(new Set(checkers.keys()))
  })

  it('refuses an unknown kind and names the known ones', () => {
    expect(() => checkAnswer('poem:4', 'roses')).toThrow(AppError)
    expect(() => checkKind('poem:4')).toThrow(/known kind.*sorted.*found "poem:4"/)
  })

  it.each([
    'word',
    'word:len=x',
    'word:size=3',
    'word:start=b:start=c',
    'sorted:3:10',
    'sorted:a:1:2',
    'code:3',
    'code:3:2:kk',
    'brackets:1:2',
    'brackets:1:2:3:x',
    'anagram:',
    'anagram:A1',
    'pattern:abba',
    'pattern:ABBA:K',
    'palindrome:5',
    'palindrome:5:with=kk',
    'pick:3:a,b',
    'pick:1:',
    'sentence:4',
    'sentence:x:colour=red',
  ])('refuses the malformed check %s with the form it should have', (check) => {
    expect(() => checkAnswer(check, 'x')).toThrow(/Expected a check of the form/)
  })
})

describe('rows without a check', () => {
  it('are compared with the real answer, white space at the ends aside', () => {
    expect(exactMatch(' Paris\n', 'Paris')).toBe(true)
    expect(exactMatch('Paris', 'paris')).toBe(false)
    expect(isValidAnswer({ check: null, real: 'Paris' }, 'Paris ')).toBe(true)
    expect(isValidAnswer({ check: 'sorted:2:1:9', real: '1 2' }, '3 4')).toBe(true)
  })
})
