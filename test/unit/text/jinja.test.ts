import { expect, test } from 'vitest'
import { compileTemplate } from '../../../src/engine/text/jinja/template.ts'
import { strftimeFixed } from '../../../src/engine/text/strftime-fixed.ts'

const render = (text: string, variables: Record<string, unknown> = {}): string =>
  compileTemplate(text, { strftimeNow: strftimeFixed }).render(variables)

const endless: [string, string, RegExp][] = [
  ['a range of a billion', '{% for i in range(10**9) %}x{% endfor %}', /range: at most 100000/],
  [
    'loops in loops',
    '{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}',
    /does not come to an end/,
  ],
  ['a macro that calls itself', '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}', /call themselves/],
  [
    'macros that call each other twice',
    '{% macro f(n) %}{{ g(n) }}{{ g(n) }}{% endmacro %}{% macro g(n) %}{% if n < 99 %}{{ f(n + 1) }}{% endif %}{% endmacro %}{{ f(0) }}',
    /does not come to an end|call themselves/,
  ],
  ['a recursive loop', '{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}', /call themselves/],
  [
    'a text that doubles',
    "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    /writes without end/,
  ],
  [
    'a list that doubles',
    '{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
    /does not come to an end/,
  ],
  [
    'a replacement that grows',
    "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x.replace('a', 'aa') %}{% endfor %}",
    /writes without end|does not come to an end/,
  ],
  ['a text times a trillion', '{{ "a" * 10**12 }}', /writes without end/],
  ['a list times a trillion', '{{ [0] * 10**12 }}', /does not come to an end/],
  ['a trillion blanks of indent', "{{ 'a\\nb'|indent(10**12) }}", /writes without end|too large/],
  ['ten thousand brackets', `{{ ${'['.repeat(10_000)}${']'.repeat(10_000)} }}`, /nests too deep/],
  [
    'a value that holds itself ever deeper',
    '{% set ns = namespace(x=[]) %}{% for i in range(5000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}',
    /too deep/,
  ],
  ['three megabytes of template', '{{ 1 }}'.repeat(500_000), /longer than/],
]

for (const [name, text, message] of endless) {
  test(`an endless template is one error within seconds: ${name}`, () => {
    const start = performance.now()
    expect(() => render(text)).toThrow(expect.objectContaining({ name: 'TemplateError' }))
    expect(() => render(text)).toThrow(message)
    // Each takes well under a second alone; the machine may be busy.
    expect(performance.now() - start).toBeLessThan(10_000)
  })
}

test('a long conversation is far from the limits', () => {
  const messages = Array.from({ length: 2000 }, (_, i) => ({
    role: i % 2 ? 'assistant' : 'user',
    content: `${i} ${'word '.repeat(200)}`,
  }))
  const text =
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + (m.content | trim) + '<|im_end|>\\n' }}{% endfor %}"
  expect(render(text, { messages }).length).toBeGreaterThan(2_000_000)
})

test('what is not Jinja here is refused by name and line', () => {
  expect(() => render("a\n{% include 'x' %}")).toThrow(/line 2.*include.*not supported/)
  expect(() => render('{{ x | wordwrap }}', { x: 'a' })).toThrow(/filter wordwrap is not supported/)
  expect(() => render("{{ 'a'.zfill(3) }}")).toThrow(/text method zfill is not supported/)
  expect(() => render('{{ lipsum() }}')).toThrow(/lipsum is not supported/)
  expect(() => render("{{ strftime_now('%Q') }}")).toThrow(/%Q is not supported/)
  expect(() => render('{{ 2 ** 60 }}')).toThrow(/beyond 2\^53 is not supported/)
  expect(() => render('x\n{% if %}')).toThrow(/line 2/)
  expect(() => render('{% if x %}')).toThrow(/endif/)
})

test('a template cannot reach the objects of the process', () => {
  expect(
    render('{{ constructor }}{{ "a".constructor }}{{ [].constructor }}{{ {}.__proto__ }}{{ toString }}'),
  ).toBe('')
  expect(render('{{ "a"["constructor"] }}{{ m.constructor }}{{ m["__proto__"] }}', { m: {} })).toBe('')
  expect(() => render('{{ "a" | constructor }}')).toThrow(/not supported/)
  expect(() => render('{{ 1 is constructor }}')).toThrow(/not supported/)
})

/** Values of CPython 3.11. */
test.each([
  ['ΑΣ', 'Ας', 'Ας'],
  ['ΟΔΟΣ ΣΑΣ', 'Οδος σας', 'Οδος Σας'],
  ['İSTANBUL', 'İstanbul', 'İstanbul'],
  ['ǆΣ a', 'ǅς a', 'ǅς A'],
])('%s capitalized and titled as Python does', (text, capitalized, titled) => {
  expect(render('{{ t.capitalize() }}|{{ t.title() }}', { t: text })).toBe(`${capitalized}|${titled}`)
})

test("jinja2's own settings, for templates that are no chat templates", () => {
  const plain = { strftimeNow: strftimeFixed, trimsBlocks: false, keepsTrailingNewline: true, isStrict: true }
  const text = ' {% if a %}\n{{ a }}{# note #}\n  {% endif %}\n'
  expect(compileTemplate(text, plain).render({ a: 'x' })).toBe(' \nx\n  \n')
  expect(render(text, { a: 'x' })).toBe('x')
  expect(compileTemplate('{{ b is defined }}', plain).render({})).toBe('False')
  for (const missing of ['{{ b }}', '{{ a.b }}', '{% if b %}{% endif %}', '{% for x in b %}{% endfor %}'])
    expect(() => compileTemplate(missing, plain).render({ a: {} })).toThrow(/b.* is undefined/)
})
