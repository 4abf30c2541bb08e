import type { Arguments, Expression } from './nodes.ts'
import type { TokenStream } from './token-stream.ts'

const comparisons = new Set(['==', '!=', '<', '<=', '>', '>='])
const argumentStarts = new Set(['name', 'string', 'integer', 'float', '[', '{'])

/** Expressions with the precedence of jinja2/parser.py. `onName` hears of every variable that is read. */
export class ExpressionParser {
  readonly stream: TokenStream
  readonly #onName: (name: string) => void

  constructor(stream: TokenStream, onName: (name: string) => void) {
    this.stream = stream
    this.#onName = onName
  }

  expression(withConditional = true): Expression {
    if (!withConditional) return this.#or()
    let result = this.#or()
    while (this.stream.skipName('if')) {
      const test = this.#or()
      const otherwise = this.stream.skipName('else') ? this.expression() : undefined
      result = { kind: 'conditional', test, then: result, ...(otherwise && { otherwise }) }
    }
    return result
  }

  /** An expression, or a tuple where commas follow. `end`: a name that also ends it. */
  tuple(options: { withConditional?: boolean; end?: string; parenthesised?: boolean } = {}): Expression {
    const { stream } = this
    const items: Expression[] = []
    let isTuple = false
    while (true) {
      if (items.length > 0) stream.expect(',')
      const ended =
        stream.is('}}') ||
        stream.is('%}') ||
        stream.is(')') ||
        (options.end !== undefined && stream.isName(options.end))
      if (ended) break
      items.push(this.expression(options.withConditional ?? true))
      if (!stream.is(',')) break
      isTuple = true
    }
    if (!isTuple) {
      if (items[0]) return items[0]
      if (!options.parenthesised) throw stream.unexpected()
    }
    return { kind: 'tuple', items }
  }

  /** What stands after a pipe; without `operand`, a filter block's. */
  filter(operand?: Expression): Expression {
    const name = this.#dottedName()
    const given = this.stream.is('(') ? this.#arguments() : none()
    return { kind: 'filter', ...(operand && { operand }), name, arguments: given }
  }

  #or(): Expression {
    let left = this.#and()
    while (this.stream.skipName('or')) left = { kind: 'or', left, right: this.#and() }
    return left
  }

  #and(): Expression {
    let left = this.#not()
    while (this.stream.skipName('and')) left = { kind: 'and', left, right: this.#not() }
    return left
  }

  #not(): Expression {
    return this.stream.skipName('not') ? { kind: 'not', operand: this.#not() } : this.#compare()
  }

  #compare(): Expression {
    const { stream } = this
    const first = this.#sum()
    const rest: { operator: string; operand: Expression }[] = []
    while (true) {
      if (comparisons.has(stream.current.type)) {
        rest.push({ operator: stream.next().type, operand: this.#sum() })
      } else if (stream.skipName('in')) {
        rest.push({ operator: 'in', operand: this.#sum() })
      } else if (
        stream.isName('not') &&
        stream.following.type === 'name' &&
        stream.following.value === 'in'
      ) {
        stream.next()
        stream.next()
        rest.push({ operator: 'not in', operand: this.#sum() })
      } else break
    }
    return rest.length === 0 ? first : { kind: 'compare', first, rest }
  }

  #sum(): Expression {
    let left = this.#concat()
    while (this.stream.is('+') || this.stream.is('-')) {
      left = { kind: 'binary', operator: this.stream.next().type, left, right: this.#concat() }
    }
    return left
  }

  #concat(): Expression {
    const parts = [this.#product()]
    while (this.stream.skip('~')) parts.push(this.#product())
    return parts.length === 1 ? parts[0]! : { kind: 'concat', parts }
  }

  #product(): Expression {
    let left = this.#power()
    while (['*', '/', '//', '%'].includes(this.stream.current.type)) {
      left = { kind: 'binary', operator: this.stream.next().type, left, right: this.#power() }
    }
    return left
  }

  #power(): Expression {
    let left = this.#unary()
    while (this.stream.is('**')) {
      left = { kind: 'binary', operator: this.stream.next().type, left, right: this.#unary() }
    }
    return left
  }

  #unary(withFilter = true): Expression {
    const { stream } = this
    const sign = stream.is('-') ? 'negative' : stream.is('+') ? 'positive' : undefined
    if (sign) stream.next()
    const node = this.#postfix(sign ? { kind: sign, operand: this.#unary(false) } : this.primary())
    return withFilter ? this.#filters(node) : node
  }

  primary(): Expression {
    const { stream } = this
    const token = stream.current
    switch (token.type) {
      case 'name':
        stream.next()
        if (/^(?:true|True|false|False)$/.test(token.value))
          return { kind: 'constant', value: /^[tT]/.test(token.value) }
        if (token.value === 'none' || token.value === 'None') return { kind: 'constant', value: null }
        this.#onName(token.value)
        return { kind: 'name', name: token.value }
      case 'string': {
        let text = ''
        while (stream.is('string')) text += stream.next().value
        return { kind: 'constant', value: text }
      }
      case 'integer': {
        const value = Number(stream.next().value.replaceAll('_', ''))
        if (!Number.isSafeInteger(value)) throw stream.error(`${token.value} is too large`)
        return { kind: 'constant', value }
      }
      case 'float':
        return { kind: 'constant', value: { float: Number(stream.next().value.replaceAll('_', '')) } }
      case '(': {
        stream.next()
        const inside = this.tuple({ parenthesised: true })
        stream.expect(')')
        return inside
      }
      case '[':
        stream.next()
        return { kind: 'list', items: this.#until(']', () => this.expression()) }
      case '{':
        stream.next()
        return {
          kind: 'dict',
          pairs: this.#until('}', () => {
            const key = this.expression()
            stream.expect(':')
            return { key, value: this.expression() }
          }),
        }
      default:
        throw stream.unexpected()
    }
  }

  #until<Item>(closing: string, item: () => Item): Item[] {
    const items: Item[] = []
    while (!this.stream.is(closing)) {
      if (items.length > 0) this.stream.expect(',')
      if (this.stream.is(closing)) break
      items.push(item())
    }
    this.stream.expect(closing)
    return items
  }

  #postfix(start: Expression): Expression {
    let node = start
    while (true) {
      if (this.stream.is('.') || this.stream.is('[')) node = this.#subscript(node)
      else if (this.stream.is('(')) node = { kind: 'call', callee: node, arguments: this.#arguments() }
      else return node
    }
  }

  #filters(start: Expression): Expression {
    let node = start
    while (true) {
      if (this.stream.skip('|')) node = this.filter(node)
      else if (this.stream.isName('is')) node = this.#test(node)
      else if (this.stream.is('(')) node = { kind: 'call', callee: node, arguments: this.#arguments() }
      else return node
    }
  }

  #subscript(object: Expression): Expression {
    const { stream } = this
    if (stream.next().type === '.') {
      const token = stream.next()
      if (token.type === 'name') return { kind: 'attribute', object, name: token.value }
      if (token.type !== 'integer') throw stream.error('expected a name or a number after the dot')
      return { kind: 'item', object, key: { kind: 'constant', value: Number(token.value) } }
    }
    const keys: Expression[] = []
    if (stream.is(':')) return this.#slice(object)
    while (!stream.is(']')) {
      if (keys.length > 0) stream.expect(',')
      keys.push(this.expression())
      if (stream.is(':') && keys.length === 1) return this.#slice(object, keys[0])
    }
    stream.expect(']')
    return { kind: 'item', object, key: keys.length === 1 ? keys[0]! : { kind: 'tuple', items: keys } }
  }

  #slice(object: Expression, start?: Expression): Expression {
    const { stream } = this
    stream.expect(':')
    const bound = (): Expression | undefined =>
      stream.is(':') || stream.is(']') ? undefined : this.expression()
    const stop = bound()
    const step = stream.skip(':') ? bound() : undefined
    stream.expect(']')
    return { kind: 'slice', object, ...(start && { start }), ...(stop && { stop }), ...(step && { step }) }
  }

  #test(operand: Expression): Expression {
    const { stream } = this
    stream.next()
    const negated = stream.skipName('not')
    const name = this.#dottedName()
    let given = none()
    if (stream.is('(')) given = this.#arguments()
    else if (argumentStarts.has(stream.current.type) && !stream.isName('else', 'or', 'and')) {
      if (stream.isName('is')) throw stream.error('tests cannot be chained')
      given = { positional: [this.#postfix(this.primary())], named: [] }
    }
    const test: Expression = { kind: 'test', operand, name, arguments: given }
    return negated ? { kind: 'not', operand: test } : test
  }

  #dottedName(): string {
    let name = this.stream.expect('name').value
    while (this.stream.skip('.')) name += `.${this.stream.expect('name').value}`
    return name
  }

  #arguments(): Arguments {
    const { stream } = this
    const given: Arguments = none()
    stream.expect('(')
    let first = true
    while (!stream.is(')')) {
      if (!first) {
        stream.expect(',')
        if (stream.is(')')) break
      }
      first = false
      const closed = given.namedSpread !== undefined || given.spread !== undefined
      if (stream.skip('*')) {
        if (closed) throw stream.error('invalid arguments of a call')
        given.spread = this.expression()
      } else if (stream.skip('**')) {
        if (given.namedSpread) throw stream.error('invalid arguments of a call')
        given.namedSpread = this.expression()
      } else if (stream.is('name') && stream.following.type === '=') {
        if (given.namedSpread) throw stream.error('invalid arguments of a call')
        const name = stream.next().value
        stream.next()
        given.named.push({ name, value: this.expression() })
      } else {
        if (closed || given.named.length > 0) throw stream.error('invalid arguments of a call')
        given.positional.push(this.expression())
      }
    }
    stream.expect(')')
    return given
  }
}

const none = (): Arguments => ({ positional: [], named: [] })
