import { describe, expect, test } from 'vitest'
import { regexFilter } from '../../../../src/engine/evaluation/benchmarks/extract-answer.ts'
import { pythonRegex } from '../../../../src/engine/evaluation/benchmarks/python-regex.ts'

/** pattern, text, `[m.group() for m in re.finditer(pattern, text)]` of CPython 3.11. */
const cases: [string, string, string[]][] = [
  ['#### (\\-?[0-9\\.\\,]+)', '#### -1,2.5 #### 7', ['#### -1,2.5', '#### 7']],
  ['(-?[$0-9.,]{2,})|(-?[0-9]+)', 'a $1.50, -3 b', ['$1.50,', '-3']],
  ['\\.$', '18.\n', ['.']],
  ['\\.$', '18.\n\n', []],
  ['(?s).*#### ', 'a\n#### b\n#### c', ['a\n#### b\n#### ']],
  ['.*x', 'a\nbx\r\u2028x', ['bx\r\u2028x']],
  ['(?i)ABC', 'abc aBC', ['abc', 'aBC']],
  ['\\d+', '12 \u0663\u0664', ['12', '\u0663\u0664']],
  ['\\w+', 'na\u00efve caf\u00e9_1 \u65e5\u672c', ['na\u00efve', 'caf\u00e9_1', '\u65e5\u672c']],
  ['\\s+', 'a\u00a0\u001c b', ['\u00a0\u001c ']],
  ['[]a]+', 'a]]b', ['a]]']],
  ['[^]a]+', 'a]bc', ['bc']],
  ['(?P<q>["\\\']).*?(?P=q)', 'say "hi" \'x\'', ['"hi"', "'x'"]],
  ['a{,2}b', 'aaab', ['aab']],
  ['{x}', '{x}', ['{x}']],
  ['\\bcat\\b', 'cat concat cat', ['cat', 'cat']],
  ['\\Ax|x\\Z', 'xx x', ['x', 'x']],
  ['(?<=\\()[A-D](?=\\))', '(A) B (C)', ['A', 'C']],
  ['[\\d\\-/]+', '1-2/3', ['1-2/3']],
  ['x*', 'axb', ['', 'x', '', '']],
  ['(?m)^b$', 'a\nb\nc', ['b']],
  ['\ud83d\ude42.', '\ud83d\ude42\ud83d\ude42', ['\ud83d\ude42\ud83d\ude42']],
  ['\\(([A-Z])\\)|answer is ([A-Z])', 'answer is B (C)', ['answer is B', '(C)']],
  ['&&|--', 'a&&b--', ['&&', '--']],
  ['[&~]+', '&&~', ['&&~']],
]

describe('pythonRegex', () => {
  test.each(cases)('%s in %j', (pattern, text, found) => {
    expect([...text.matchAll(pythonRegex(pattern))].map(([whole]) => whole)).toEqual(found)
  })

  test.each(['(', 'a++', '(?>a)', '(?(1)a)', '(?x)a b', String.raw`[\W]`, String.raw`\N{DASH}`, 'a\\'])(
    '%s is refused',
    (pattern) => {
      expect(() => pythonRegex(pattern)).toThrow(/Expected a regular expression/)
    },
  )
})

describe('regexFilter', () => {
  test('the group where there is one, the first that is not empty of several, else the whole', () => {
    expect(regexFilter('#### (\\d+)')('#### 12 #### 13')).toBe('12')
    expect(regexFilter('(a)|(b)', { select: -1 })('a b')).toBe('b')
    expect(regexFilter('[ab] ')('xa b ')).toBe('a')
  })

  test('no match gives the fallback', () => {
    expect(regexFilter('#### (\\d+)')('12')).toBe('[invalid]')
    expect(regexFilter('(x)?(y)?', { fallback: 'none' })('')).toBe('none')
  })
})
