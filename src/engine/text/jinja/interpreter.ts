import { attributeOf, itemOf } from './attributes.ts'
import { applyFilter, type FilterUse } from './filters.ts'
import { setMember } from './globals.ts'
import type { LateNames } from './late-names.ts'
import { LoopState } from './loop-state.ts'
import type { Arguments, Expression, Loop, Macro, Statement, Target } from './nodes.ts'
import { applyBinary, applyComparison, applySlice } from './operators.ts'
import type { RenderBudget } from './render-budget.ts'
import { Scope } from './scope.ts'
import { TemplateError, unsupported } from './template-error.ts'
import { applyTest } from './tests.ts'
import {
  Callable,
  Dict,
  Float,
  isNumeric,
  isTrue,
  itemsOf,
  numberOf,
  textOf,
  Tuple,
  typeName,
  Undefined,
  type Call,
  type Value,
} from './values.ts'

type Exit = 'break' | 'continue' | undefined

/** Runs a parsed template: what jinja2's compiler and runtime do, within a budget. */
export class Interpreter {
  readonly #budget: RenderBudget
  readonly #use: FilterUse
  readonly #late: LateNames

  readonly #isStrict: boolean

  /** `isStrict`: a missing name is an error where it would be written, tested or looped over. */
  constructor(budget: RenderBudget, late: LateNames, isStrict: boolean) {
    this.#budget = budget
    this.#late = late
    this.#isStrict = isStrict
    this.#use = {
      budget,
      filter: (name, value, given) => applyFilter(name, value, given, this.#use),
      test: (name, value, given) => applyTest(name, value, given, budget),
    }
  }

  /** Runs a body in a scope of its own, within `outer`. */
  run(body: readonly Statement[], outer: Scope): string {
    const out: string[] = []
    if (this.#statements(body, this.#inner(body, outer), out))
      throw new TemplateError('break or continue outside a loop')
    return out.join('')
  }

  #inner(body: readonly Statement[], outer: Scope): Scope {
    const scope = new Scope(outer)
    for (const name of this.#late.get(body) ?? []) scope.set(name, new Undefined(name))
    return scope
  }

  #statements(body: readonly Statement[], scope: Scope, out: string[]): Exit {
    for (const statement of body) {
      this.#budget.step()
      const exit = this.#statement(statement, scope, out)
      if (exit) return exit
    }
    return undefined
  }

  #write(text: string, out: string[]): undefined {
    this.#budget.characters(text.length)
    out.push(text)
  }

  #known(node: Expression, scope: Scope): Value {
    const value = this.#value(node, scope)
    if (this.#isStrict && value instanceof Undefined) throw value.error()
    return value
  }

  #statement(node: Statement, scope: Scope, out: string[]): Exit {
    switch (node.kind) {
      case 'text':
        return this.#write(node.text, out)
      case 'output': {
        // Without autoescape `safe` only matters to later additions, which are refused (see #filter).
        const { expression } = node
        const plain =
          expression.kind === 'filter' && expression.name === 'safe' && expression.operand
            ? expression.operand
            : expression
        return this.#write(textOf(this.#known(plain, scope)), out)
      }
      case 'if': {
        const taken = node.branches.find(({ test }) => isTrue(this.#known(test, scope)))
        return this.#statements(taken ? taken.body : node.otherwise, scope, out)
      }
      case 'for':
        this.#loop(node, this.#known(node.iterable, scope), scope, out, 0)
        return undefined
      case 'break':
      case 'continue':
        return node.kind
      case 'set':
        this.#assign(node.target, this.#value(node.value, scope), scope)
        return undefined
      case 'set block': {
        const text = this.run(node.body, scope)
        this.#assign(node.target, node.filter ? this.#filterBody(node.filter, text, scope) : text, scope)
        return undefined
      }
      case 'with': {
        const inner = this.#inner(node.body, scope)
        const values = node.values.map((value) => this.#value(value, scope))
        node.targets.forEach((target, i) => this.#assign(target, values[i]!, inner))
        return this.#statements(node.body, inner, out)
      }
      case 'macro':
        scope.set(node.macro.name, this.#macro(node.macro, scope))
        return undefined
      case 'call block': {
        if (node.call.kind !== 'call') throw new TemplateError('{% call %} needs a call')
        const given = this.#given(node.call.arguments, scope)
        given.named.set('caller', this.#macro(node.macro, scope))
        return this.#write(textOf(this.#call(this.#value(node.call.callee, scope), given)), out)
      }
      case 'filter block':
        return this.#write(textOf(this.#filterBody(node.filter, this.run(node.body, scope), scope)), out)
      case 'generation':
        return this.#write(this.run(node.body, scope), out)
    }
  }

  #loop(node: Loop, iterable: Value, scope: Scope, out: string[], depth: number): void {
    let items = itemsOf(iterable)
    this.#budget.step(items.length)
    const { test } = node
    if (test) {
      items = items.filter((item) => {
        const inner = new Scope(scope)
        this.#assign(node.target, item, inner)
        return isTrue(this.#value(test, inner))
      })
    }
    const state = new LoopState(items, depth)
    const loop = new Callable(
      'loop',
      ({ positional }) => {
        if (!node.recursive) throw new TemplateError('the loop is not recursive')
        const inside: string[] = []
        this.#budget.enter()
        this.#loop(node, positional[0] ?? new Undefined('what loop() was given'), scope, inside, depth + 1)
        this.#budget.leave()
        return inside.join('')
      },
      state,
    )
    let reachedEnd = false
    for (const item of items) {
      state.at++
      const inner = this.#inner(node.body, scope)
      inner.set('loop', loop)
      this.#assign(node.target, item, inner)
      const exit = this.#statements(node.body, inner, out)
      if (exit === 'break') break
      reachedEnd ||= exit === undefined
    }
    // jinja2's own rule: the else part also runs where every pass was cut short by break or continue.
    if (!reachedEnd && this.#statements(node.otherwise, this.#inner(node.otherwise, scope), out))
      throw new TemplateError('break or continue outside a loop')
  }

  #assign(target: Target, value: Value, scope: Scope): void {
    if (target.kind === 'name') scope.set(target.name, value)
    else if (target.kind === 'member') setMember(scope.get(target.name), target.attribute, value)
    else {
      const items = itemsOf(value)
      if (items.length !== target.targets.length)
        throw new TemplateError(`expected ${target.targets.length} values to unpack, found ${items.length}`)
      target.targets.forEach((each, i) => this.#assign(each, items[i]!, scope))
    }
  }

  #macro(macro: Macro, scope: Scope): Callable {
    const { name, parameters, takes } = macro
    const run = ({ positional, named }: Call): Value => {
      const inner = new Scope(scope)
      const rest = new Map(named)
      parameters.forEach((parameter, i) => {
        const value = i < positional.length ? positional[i] : rest.get(parameter.name)
        if (i >= positional.length) rest.delete(parameter.name)
        inner.set(
          parameter.name,
          value ??
            (parameter.fallback
              ? this.#value(parameter.fallback, inner)
              : new Undefined(`the macro ${name} was not given ${parameter.name}, which`)),
        )
      })
      if (takes.has('caller')) {
        inner.set('caller', rest.get('caller') ?? new Undefined('caller'))
        rest.delete('caller')
      }
      if (takes.has('kwargs')) inner.set('kwargs', Dict.of(rest))
      else if (rest.size > 0)
        throw new TemplateError(`the macro ${name} takes no argument ${[...rest.keys()][0]}`)
      if (takes.has('varargs')) inner.set('varargs', new Tuple(positional.slice(parameters.length)))
      else if (positional.length > parameters.length)
        throw new TemplateError(
          `the macro ${name} takes ${parameters.length} arguments, found ${positional.length}`,
        )
      this.#budget.enter()
      const text = this.run(macro.body, inner)
      this.#budget.leave()
      return text
    }
    return new Callable(name, run, new Map([['name', name]]))
  }

  #given(nodes: Arguments, scope: Scope): Call {
    const positional = nodes.positional.map((node) => this.#value(node, scope))
    const named = new Map(nodes.named.map(({ name, value }) => [name, this.#value(value, scope)] as const))
    if (named.size < nodes.named.length) throw new TemplateError('an argument is given twice')
    if (nodes.spread) positional.push(...itemsOf(this.#value(nodes.spread, scope)))
    if (nodes.namedSpread) {
      const more = this.#value(nodes.namedSpread, scope)
      if (!(more instanceof Dict)) throw new TemplateError(`** needs a dict, found ${typeName(more)}`)
      for (const [key, value] of more.entries()) {
        if (typeof key !== 'string' || named.has(key)) throw new TemplateError('an argument is given twice')
        named.set(key, value)
      }
    }
    return { positional, named }
  }

  #call(callee: Value, given: Call): Value {
    if (callee instanceof Undefined) throw callee.error()
    if (!(callee instanceof Callable)) throw new TemplateError(`a ${typeName(callee)} cannot be called`)
    return callee.call(given)
  }

  /** A filter chain without operand, applied to a block's text. */
  #filterBody(node: Expression, text: string, scope: Scope): Value {
    if (node.kind !== 'filter') throw new TemplateError('expected a filter')
    const operand = node.operand ? this.#filterBody(node.operand, text, scope) : text
    return this.#filter(node.name, operand, node.arguments, scope)
  }

  #filter(name: string, operand: Value, nodes: Arguments, scope: Scope): Value {
    if (name === 'safe') throw unsupported('the filter safe inside an expression')
    return applyFilter(name, operand, this.#given(nodes, scope), this.#use)
  }

  #value(node: Expression, scope: Scope): Value {
    const budget = this.#budget
    budget.step()
    switch (node.kind) {
      case 'constant':
        return node.value !== null && typeof node.value === 'object'
          ? new Float(node.value.float)
          : node.value
      case 'name':
        return scope.get(node.name)
      case 'list':
        return node.items.map((item) => this.#value(item, scope))
      case 'tuple':
        return new Tuple(node.items.map((item) => this.#value(item, scope)))
      case 'dict':
        return Dict.of(
          node.pairs.map(({ key, value }) => [this.#value(key, scope), this.#value(value, scope)] as const),
        )
      case 'attribute':
        return attributeOf(this.#value(node.object, scope), node.name, budget)
      case 'item':
        return itemOf(this.#value(node.object, scope), this.#value(node.key, scope), budget)
      case 'slice': {
        const object = this.#value(node.object, scope)
        const bounds = [node.start, node.stop, node.step].map((bound) => bound && this.#value(bound, scope))
        return applySlice(object, bounds, budget)
      }
      case 'call':
        return this.#call(this.#value(node.callee, scope), this.#given(node.arguments, scope))
      case 'filter':
        if (!node.operand) throw new TemplateError('a filter without operand')
        return this.#filter(node.name, this.#value(node.operand, scope), node.arguments, scope)
      case 'test':
        return applyTest(
          node.name,
          this.#value(node.operand, scope),
          this.#given(node.arguments, scope),
          budget,
        )
      case 'not':
        return !isTrue(this.#value(node.operand, scope))
      case 'negative':
      case 'positive': {
        const value = this.#value(node.operand, scope)
        if (value instanceof Undefined) throw value.error()
        if (!isNumeric(value)) throw new TemplateError(`a sign before a ${typeName(value)}`)
        const signed = node.kind === 'negative' ? -numberOf(value) : numberOf(value)
        return value instanceof Float ? new Float(signed) : signed === 0 ? 0 : signed
      }
      case 'and': {
        const left = this.#value(node.left, scope)
        return isTrue(left) ? this.#value(node.right, scope) : left
      }
      case 'or': {
        const left = this.#value(node.left, scope)
        return isTrue(left) ? left : this.#value(node.right, scope)
      }
      case 'binary':
        return applyBinary(
          node.operator,
          this.#value(node.left, scope),
          this.#value(node.right, scope),
          budget,
        )
      case 'concat': {
        const text = node.parts.map((part) => textOf(this.#value(part, scope))).join('')
        budget.characters(text.length)
        return text
      }
      case 'compare': {
        let left = this.#value(node.first, scope)
        for (const { operator, operand } of node.rest) {
          const right = this.#value(operand, scope)
          if (!applyComparison(operator, left, right, budget)) return false
          left = right
        }
        return true
      }
      case 'conditional': {
        if (isTrue(this.#value(node.test, scope))) return this.#value(node.then, scope)
        return node.otherwise
          ? this.#value(node.otherwise, scope)
          : new Undefined('the inline if was false and has no else, so its value')
      }
    }
  }
}
