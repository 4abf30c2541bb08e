import { ExpressionParser } from './expression-parser.ts'
import { type BlankRules, lexTemplate } from './lexer.ts'
import type { Expression, Macro, Parameter, Statement, Target } from './nodes.ts'
import { unsupported } from './template-error.ts'
import { TokenStream } from './token-stream.ts'

const specialArguments = new Set(['varargs', 'kwargs', 'caller'])
const absentTags = new Set(['block', 'extends', 'include', 'import', 'from', 'autoescape'])

/** Parses a template. Throws TemplateError with the line. */
export function parseTemplate(template: string, blanks: BlankRules): Statement[] {
  return new StatementParser(new TokenStream(lexTemplate(template, blanks))).statements([])
}

class StatementParser {
  readonly #stream: TokenStream
  readonly #expressions: ExpressionParser
  /** Which special arguments each macro being parsed reads, innermost last. */
  readonly #taken: Set<string>[] = []

  constructor(stream: TokenStream) {
    this.#stream = stream
    this.#expressions = new ExpressionParser(stream, (name) => {
      if (specialArguments.has(name)) for (const taken of this.#taken) taken.add(name)
    })
  }

  /** Up to a tag named in `ends`, whose name is not consumed; without any, up to the template's end. */
  statements(ends: readonly string[]): Statement[] {
    const stream = this.#stream
    const body: Statement[] = []
    while (!stream.is('end')) {
      const { type, value } = stream.next()
      if (type === 'data') body.push({ kind: 'text', text: value })
      else if (type === '{{') {
        body.push({ kind: 'output', expression: this.#expressions.tuple() })
        stream.expect('}}')
      } else {
        if (stream.isName(...ends)) return body
        body.push(...this.#statement())
        stream.expect('%}')
      }
    }
    if (ends.length > 0) throw stream.error(`the template ends before {% ${ends.at(-1)} %}`)
    return body
  }

  /** A tag's body, with the end of the opening tag before it. */
  #body(...ends: string[]): Statement[] {
    this.#stream.skip(':')
    this.#stream.expect('%}')
    return this.statements(ends)
  }

  #closedBody(end: string): Statement[] {
    const body = this.#body(end)
    this.#stream.next()
    return body
  }

  #statement(): Statement[] {
    const stream = this.#stream
    const tag = stream.expect('name').value
    switch (tag) {
      case 'for':
        return [this.#for()]
      case 'if':
        return [this.#if()]
      case 'set':
        return [this.#set()]
      case 'with':
        return [this.#with()]
      case 'break':
      case 'continue':
        return [{ kind: tag }]
      case 'macro': {
        const name = stream.expect('name').value
        return [{ kind: 'macro', macro: this.#macro(name, this.#parameters(), 'endmacro') }]
      }
      case 'call': {
        const parameters = stream.is('(') ? this.#parameters() : []
        const call = this.#expressions.expression()
        if (call.kind !== 'call') throw stream.error('{% call %} needs a call')
        return [{ kind: 'call block', call, macro: this.#macro('caller', parameters, 'endcall') }]
      }
      case 'filter': {
        const filter = this.#filterChain(this.#expressions.filter())
        return [{ kind: 'filter block', filter, body: this.#closedBody('endfilter') }]
      }
      case 'generation':
        return [{ kind: 'generation', body: this.#closedBody('endgeneration') }]
      case 'print': {
        const printed: Statement[] = []
        while (!stream.is('%}')) {
          if (printed.length > 0) stream.expect(',')
          printed.push({ kind: 'output', expression: this.#expressions.expression() })
        }
        return printed
      }
      default:
        if (absentTags.has(tag)) throw unsupported(`line ${stream.current.line}: {% ${tag} %}`)
        throw stream.error(`unknown tag {% ${tag} %}`)
    }
  }

  #for(): Statement {
    const stream = this.#stream
    const target = this.#target('in')
    stream.expectName('in')
    const iterable = this.#expressions.tuple({ withConditional: false, end: 'recursive' })
    const test = stream.skipName('if') ? this.#expressions.expression() : undefined
    const recursive = stream.skipName('recursive')
    const body = this.#body('endfor', 'else')
    const otherwise = stream.next().value === 'else' ? this.#closedBody('endfor') : []
    return { kind: 'for', target, iterable, ...(test && { test }), recursive, body, otherwise }
  }

  #if(): Statement {
    const branches: { test: Expression; body: Statement[] }[] = []
    while (true) {
      const test = this.#expressions.tuple({ withConditional: false })
      branches.push({ test, body: this.#body('elif', 'else', 'endif') })
      const { value } = this.#stream.next()
      if (value === 'elif') continue
      return { kind: 'if', branches, otherwise: value === 'else' ? this.#closedBody('endif') : [] }
    }
  }

  #set(): Statement {
    const target = this.#target()
    if (this.#stream.skip('=')) return { kind: 'set', target, value: this.#expressions.tuple() }
    const filter = this.#stream.skip('|') ? this.#filterChain(this.#expressions.filter()) : undefined
    return { kind: 'set block', target, ...(filter && { filter }), body: this.#closedBody('endset') }
  }

  #filterChain(first: Expression): Expression {
    let filter = first
    while (this.#stream.skip('|')) filter = this.#expressions.filter(filter)
    return filter
  }

  #with(): Statement {
    const targets: Target[] = []
    const values: Expression[] = []
    while (!this.#stream.is('%}')) {
      if (targets.length > 0) this.#stream.expect(',')
      targets.push(this.#target())
      this.#stream.expect('=')
      values.push(this.#expressions.expression())
    }
    return { kind: 'with', targets, values, body: this.#closedBody('endwith') }
  }

  #macro(name: string, parameters: Parameter[], end: string): Macro {
    const taken = new Set<string>()
    this.#taken.push(taken)
    const body = this.#closedBody(end)
    this.#taken.pop()
    return { name, parameters, body, takes: taken }
  }

  #parameters(): Parameter[] {
    const stream = this.#stream
    const parameters: Parameter[] = []
    stream.expect('(')
    while (!stream.is(')')) {
      if (parameters.length > 0) stream.expect(',')
      const name = stream.expect('name').value
      if (stream.skip('=')) parameters.push({ name, fallback: this.#expressions.expression() })
      else if (parameters.some(({ fallback }) => fallback))
        throw stream.error('a parameter without default follows one with default')
      else parameters.push({ name })
    }
    stream.expect(')')
    return parameters
  }

  /** What is assigned to: a name, a namespace's attribute, or several of them. */
  #target(end?: string): Target {
    const stream = this.#stream
    const targets: Target[] = []
    let isTuple = false
    while (true) {
      if (targets.length > 0) stream.expect(',')
      if (stream.is('%}') || stream.is(')') || (end !== undefined && stream.isName(end))) break
      targets.push(this.#singleTarget(end === undefined))
      if (!stream.is(',')) break
      isTuple = true
    }
    if (isTuple) return { kind: 'tuple', targets }
    if (!targets[0]) throw stream.unexpected()
    return targets[0]
  }

  #singleTarget(withMember: boolean): Target {
    const stream = this.#stream
    if (stream.skip('(')) {
      const inside = this.#target()
      stream.expect(')')
      return inside
    }
    const name = stream.expect('name').value
    if (/^(?:true|false|none|True|False|None)$/.test(name)) throw stream.error(`cannot assign to ${name}`)
    if (!withMember || !stream.skip('.')) return { kind: 'name', name }
    return { kind: 'member', name, attribute: stream.expect('name').value }
  }
}
