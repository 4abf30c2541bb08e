import { blank, stripEnd } from './python-text.ts'
import { TemplateError } from './template-error.ts'

/** `name`, `string`, `integer`, `float`; an operator by its own text; `data`; `{%`, `%}`, `{{`, `}}`; `end`. */
export interface Token {
  type: string
  value: string
  line: number
}

/** The longer ones first. */
const operators = '// ** == != >= <= + - / * % ~ [ ] ( ) { } > < = . : | , ;'.split(' ')
const closers: Record<string, string> = { '{': '}', '(': ')', '[': ']' }

const floatPattern = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy
const integerPattern = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy
const namePattern = /[\p{ID_Start}_][\p{ID_Continue}]*/uy
const stringPattern = /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y
const tagPattern = /\{%|\{\{|\{#/g
/** A pattern whose `\s` is Python's. */
const pythonPattern = (source: string, flags: string): RegExp =>
  new RegExp(source.replaceAll('\\s', blank), flags)
const rawPattern = pythonPattern(String.raw`\{%([-+]?)\s*raw\s*(?:-%\}\s*|%\})`, 'y')
/** Ends of statements and comments, which take the line end with them or not. */
const endings = (lineEnd: string) => ({
  endRawPattern: pythonPattern(String.raw`\{%([-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\}${lineEnd})`, 'g'),
  commentEnd: pythonPattern(String.raw`\+#\}|-#\}\s*|#\}${lineEnd}`, 'g'),
  // `}}` knows no plus sign: before it, a plus is an operator.
  statementEnd: pythonPattern(String.raw`\+%\}|-%\}\s*|%\}${lineEnd}`, 'y'),
})
const trimming = endings(String.raw`\n?`)
const keeping = endings('')
const expressionEnd = pythonPattern(String.raw`-\}\}\s*|\}\}`, 'y')
const blankRun = pythonPattern(String.raw`\s+`, 'y')
const wholeBlank = pythonPattern(String.raw`^\s+$`, '')

/** jinja2's settings of what becomes of blanks around tags, and of a line end at the end. */
export interface BlankRules {
  /** `trim_blocks` and `lstrip_blocks`: a statement alone on its line leaves no line. */
  trimsBlocks: boolean
  keepsTrailingNewline: boolean
}

/** Splits a template as jinja2's lexer does (jinja2/lexer.py). Throws TemplateError. */
export function lexTemplate(template: string, { trimsBlocks, keepsTrailingNewline }: BlankRules): Token[] {
  const { endRawPattern, commentEnd, statementEnd } = trimsBlocks ? trimming : keeping
  const lines = template.split(/\r\n|\r|\n/)
  if (lines.at(-1) === '' && !keepsTrailingNewline) lines.pop()
  const source = lines.join('\n')
  const tokens: Token[] = []
  let at = 0
  let line = 1
  let lineStarting = true

  const emit = (type: string, value: string): number => tokens.push({ type, value, line })
  const advance = (to: number): void => {
    for (let i = at; i < to; i++) if (source.charCodeAt(i) === 10) line++
    if (to > at) lineStarting = source.charCodeAt(to - 1) === 10
    at = to
  }

  /** The text before a tag with whitespace control `sign`; `{{` is never stripped without one. */
  const data = (text: string, sign: string, isVariable: boolean): void => {
    let kept = text
    if (sign === '-') kept = stripEnd(text)
    else if (trimsBlocks && sign !== '+' && !isVariable) {
      const lineStart = text.lastIndexOf('\n') + 1
      if ((lineStart > 0 || lineStarting) && wholeBlank.test(text.slice(lineStart)))
        kept = text.slice(0, lineStart)
    }
    if (kept !== '') emit('data', kept)
  }

  while (at < source.length) {
    tagPattern.lastIndex = at
    const start = tagPattern.exec(source)?.index
    if (start === undefined) {
      emit('data', source.slice(at))
      break
    }
    const text = source.slice(at, start)
    rawPattern.lastIndex = start
    const raw = rawPattern.exec(source)
    if (raw) {
      data(text, raw[1]!, false)
      advance(rawPattern.lastIndex)
      endRawPattern.lastIndex = at
      const end = endRawPattern.exec(source)
      if (!end) throw new TemplateError(`line ${line}: {% raw %} without {% endraw %}`)
      data(source.slice(at, end.index), end[1]!, false)
      advance(endRawPattern.lastIndex)
      continue
    }
    const opening = source.slice(start, start + 2)
    const control = source[start + 2] ?? ''
    const sign = control === '-' || control === '+' ? control : ''
    data(text, sign, opening === '{{')
    advance(start + 2 + sign.length)
    if (opening === '{#') {
      commentEnd.lastIndex = at
      if (!commentEnd.exec(source)) throw new TemplateError(`line ${line}: a comment without end`)
      advance(commentEnd.lastIndex)
      continue
    }
    emit(opening, opening)
    lexTag(opening === '{%' ? '%}' : '}}')
  }
  emit('end', '')
  return tokens

  function lexTag(closing: '%}' | '}}'): void {
    const endPattern = closing === '%}' ? statementEnd : expressionEnd
    const open: string[] = []
    while (at < source.length) {
      if (open.length === 0) {
        endPattern.lastIndex = at
        if (endPattern.test(source)) {
          emit(closing, closing)
          advance(endPattern.lastIndex)
          return
        }
      }
      blankRun.lastIndex = at
      if (blankRun.test(source)) advance(blankRun.lastIndex)
      else if (!lexWord()) lexOperator(open)
    }
    throw new TemplateError(`line ${line}: the template ends before ${closing}`)
  }

  function lexWord(): boolean {
    const kinds = [
      ['float', floatPattern],
      ['integer', integerPattern],
      ['name', namePattern],
      ['string', stringPattern],
    ] as const
    for (const [type, pattern] of kinds) {
      pattern.lastIndex = at
      const match = pattern.exec(source)?.[0]
      if (match === undefined) continue
      emit(type, type === 'string' ? unescape(match.slice(1, -1), line) : match)
      advance(at + match.length)
      return true
    }
    return false
  }

  function lexOperator(open: string[]): void {
    const operator = operators.find((text) => source.startsWith(text, at))
    if (operator === undefined)
      throw new TemplateError(`line ${line}: unexpected character ${JSON.stringify(source[at])}`)
    const closer = closers[operator]
    if (closer !== undefined) open.push(closer)
    else if ('})]'.includes(operator) && open.pop() !== operator)
      throw new TemplateError(`line ${line}: unexpected ${operator}`)
    emit(operator, operator)
    advance(at + operator.length)
  }
}

const simpleEscapes: Record<string, string> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** Python's "unicode-escape": unknown escapes stay as they are. */
function unescape(text: string, line: number): string {
  if (!text.includes('\\')) return text
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (whole, x?: string, u?: string, long?: string, octal?: string, other?: string) => {
      const hex = x ?? u ?? long
      if (hex !== undefined || octal !== undefined) {
        const point = hex === undefined ? Number.parseInt(octal!, 8) : Number.parseInt(hex, 16)
        if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
          throw new TemplateError(`line ${line}: ${whole} is no character`)
        return String.fromCodePoint(point)
      }
      if (other === 'x' || other === 'u' || other === 'U' || other === 'N')
        throw new TemplateError(`line ${line}: ${whole} is not a whole escape`)
      return simpleEscapes[other!] ?? whole
    },
  )
}
