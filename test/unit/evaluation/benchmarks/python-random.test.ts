import { describe, expect, test } from 'vitest'
import { PythonRandom } from '../../../../src/engine/evaluation/benchmarks/python-random.ts'

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Computed with CPython 3.11: Random(1234).sample(range(pool), count), called once a question. */
const draws = {
  'ARC-Challenge, 25 of 1119': {
    pool: 1119,
    count: 25,
    drawn: [
      '902 239 15 185 71 171 201 726 484 35 63 32 708 991 949 304 186 374 234 29 1030 996 511 132 1108',
      '954 140 182 1054 94 552 129 619 985 727 545 510 409 928 1085 39 1040 144 11 683 294 968 772 342 110',
      '156 1016 335 154 440 295 55 709 227 1084 289 625 930 81 852 566 82 363 556 316 614 951 84 790 715',
    ],
  },
  'HellaSwag, 11 of 39905': {
    pool: 39905,
    count: 11,
    drawn: [
      '28883 7657 490 5940 38156 2288 5500 6450 23241 15519 1142',
      '2019 1038 22681 31735 30379 9735 5982 11999 7498 958 32970',
      '31899 16372 4231 35460 30533 4493 39417 5828 33753 37945 3012',
    ],
  },
  'GSM8K, 5 of 7473': {
    pool: 7473,
    count: 5,
    drawn: ['6374 3610 957 61 742', '7462 6610 4769 286 5501', '5677 687 806 6279 2905'],
  },
  'Winogrande, 6 of 40398': {
    pool: 40398,
    count: 6,
    drawn: [
      '28883 7657 490 5940 38156 2288',
      '5500 6450 23241 15519 1142 2019',
      '1038 22681 31735 40358 30379 9735',
    ],
  },
  'a small pool is drawn by swapping, 25 of 60': {
    pool: 60,
    count: 25,
    drawn: [
      '49 28 7 0 5 51 37 2 42 44 55 6 22 15 1 45 50 47 41 39 30 29 9 59 11',
      '45 7 54 0 32 31 15 4 42 34 29 52 38 43 5 55 37 2 17 35 48 19 30 22 41',
      '15 41 12 29 33 42 1 32 4 0 21 9 45 30 54 24 10 3 51 37 31 43 58 35 13',
    ],
  },
  'the largest pool that is swapped, 6 of 85': {
    pool: 85,
    count: 6,
    drawn: ['56 14 0 11 74 4', '10 12 45 30 2 3', '2 44 82 79 61 78'],
  },
  'the smallest that is not, 6 of 86': {
    pool: 86,
    count: 6,
    drawn: ['56 14 0 11 74 4', '85 10 12 45 30 2', '3 2 44 82 79 61'],
  },
  'all of 21, 21 of 21': {
    pool: 21,
    count: 21,
    drawn: [
      '14 3 0 2 1 17 16 12 5 19 18 10 9 13 7 4 11 6 8 15 20',
      '3 0 16 15 7 2 10 8 18 1 9 11 13 19 17 4 12 6 14 20 5',
      '7 6 14 16 0 2 17 5 15 11 20 19 12 18 10 4 3 1 9 8 13',
    ],
  },
}

describe('PythonRandom', () => {
  test('the first five words of Random(1234)', () => {
    const random = new PythonRandom(1234)
    expect(range(5).map(() => random.bits())).toEqual([
      4150886329, 3342196574, 1892932127, 501869158, 32175636,
    ])
  })

  test.each(Object.entries(draws))('%s', (_name, { pool, count, drawn }) => {
    const random = new PythonRandom(1234)
    for (const expected of drawn) expect(random.sample(range(pool), count).join(' ')).toBe(expected)
  })

  test('more than there are is refused', () => {
    expect(() => new PythonRandom(1234).sample(range(4), 5)).toThrow(RangeError)
  })
})
