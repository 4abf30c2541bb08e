import type { Arguments, Expression, Loop, Macro, Statement, Target } from './nodes.ts'

/**
 * For each body with a scope of its own, the names that begin it as undefined. jinja2 (idtracking.py) makes a name that
 * a body assigns before it reads it a variable of that body from its first line on: a loop or macro inside that reads
 * it earlier finds it undefined, whatever the caller passed under that name.
 */
export type LateNames = ReadonlyMap<readonly Statement[], readonly string[]>

export function findLateNames(body: readonly Statement[]): LateNames {
  const found = new Map<readonly Statement[], readonly string[]>()
  new Frame(found).analyze(body)
  return found
}

type Start = 'given' | 'undefined'

/** The names of one body, in the order in which it first meets them. */
class Frame {
  readonly #found: Map<readonly Statement[], readonly string[]>
  readonly #knownOutside: (name: string) => boolean
  readonly #names = new Map<string, Start>()
  /** Inner bodies are looked at when all names of this one are known. */
  readonly #inner: (() => void)[] = []
  #branches = 0

  constructor(
    found: Map<readonly Statement[], readonly string[]>,
    knownOutside: (name: string) => boolean = () => false,
    parameters: string[] = [],
  ) {
    this.#found = found
    this.#knownOutside = knownOutside
    for (const name of parameters) this.#names.set(name, 'given')
  }

  analyze(body: readonly Statement[]): void {
    this.#statements(body)
    const late = [...this.#names].filter(([, start]) => start === 'undefined').map(([name]) => name)
    if (late.length > 0) this.#found.set(body, late)
    for (const look of this.#inner) look()
  }

  #frameWithin(parameters: string[] = []): Frame {
    return new Frame(this.#found, (name) => this.#knows(name), parameters)
  }

  #knows(name: string): boolean {
    return this.#names.has(name) || this.#knownOutside(name)
  }

  #read(name: string): void {
    if (!this.#knows(name)) this.#names.set(name, 'given')
  }

  #write(name: string): void {
    if (this.#names.has(name)) return
    this.#names.set(name, this.#branches > 0 || this.#knownOutside(name) ? 'given' : 'undefined')
  }

  #target(target: Target): void {
    if (target.kind === 'name') this.#write(target.name)
    else if (target.kind === 'member') this.#read(target.name)
    else for (const each of target.targets) this.#target(each)
  }

  #statements(body: readonly Statement[]): void {
    for (const statement of body) this.#statement(statement)
  }

  #statement(node: Statement): void {
    switch (node.kind) {
      case 'output':
        return this.#expression(node.expression)
      case 'set':
        this.#expression(node.value)
        return this.#target(node.target)
      case 'set block':
        this.#target(node.target)
        this.#expression(node.filter)
        return this.#within(node.body)
      case 'if':
        return this.#if(node.branches, node.otherwise)
      case 'for':
        return this.#for(node)
      case 'macro':
        this.#write(node.macro.name)
        return this.#macro(node.macro)
      case 'call block':
        this.#expression(node.call)
        return this.#macro(node.macro)
      case 'filter block':
        this.#expression(node.filter)
        return this.#within(node.body)
      case 'with':
        for (const value of node.values) this.#expression(value)
        return this.#within(node.body, node.targets.flatMap(namesOf))
      case 'generation':
        return this.#within(node.body)
      default:
        return undefined
    }
  }

  /** A name that a branch assigns may still be the one given from outside. */
  #if(branches: { test: Expression; body: Statement[] }[], otherwise: Statement[]): void {
    this.#expression(branches[0]!.test)
    this.#branches++
    for (const { test, body } of branches) {
      this.#expression(test)
      this.#statements(body)
    }
    this.#statements(otherwise)
    this.#branches--
  }

  #for(node: Loop): void {
    this.#expression(node.iterable)
    const names = namesOf(node.target)
    const { test } = node
    if (test) this.#inner.push(() => this.#frameWithin(names).#expression(test))
    this.#within(node.body, [...names, 'loop'])
    this.#within(node.otherwise)
  }

  #macro({ parameters, takes, body }: Macro): void {
    for (const { fallback } of parameters) {
      if (fallback) this.#inner.push(() => this.#frameWithin().#expression(fallback))
    }
    this.#within(body, [...parameters.map(({ name }) => name), ...takes])
  }

  #within(body: readonly Statement[], parameters: string[] = []): void {
    this.#inner.push(() => this.#frameWithin(parameters).analyze(body))
  }

  #arguments(given: Arguments): void {
    for (const each of given.positional) this.#expression(each)
    for (const { value } of given.named) this.#expression(value)
    this.#expression(given.spread)
    this.#expression(given.namedSpread)
  }

  #expression(node: Expression | undefined): void {
    if (!node) return undefined
    switch (node.kind) {
      case 'constant':
        return undefined
      case 'name':
        return this.#read(node.name)
      case 'list':
      case 'tuple':
        return node.items.forEach((item) => this.#expression(item))
      case 'concat':
        return node.parts.forEach((part) => this.#expression(part))
      case 'dict':
        for (const { key, value } of node.pairs) [key, value].forEach((each) => this.#expression(each))
        return undefined
      case 'attribute':
        return this.#expression(node.object)
      case 'item':
        return [node.object, node.key].forEach((each) => this.#expression(each))
      case 'slice':
        return [node.object, node.start, node.stop, node.step].forEach((each) => this.#expression(each))
      case 'call':
        this.#expression(node.callee)
        return this.#arguments(node.arguments)
      case 'filter':
      case 'test':
        this.#expression(node.operand)
        return this.#arguments(node.arguments)
      case 'not':
      case 'negative':
      case 'positive':
        return this.#expression(node.operand)
      case 'and':
      case 'or':
      case 'binary':
        return [node.left, node.right].forEach((each) => this.#expression(each))
      case 'compare':
        return [node.first, ...node.rest.map(({ operand }) => operand)].forEach((each) =>
          this.#expression(each),
        )
      case 'conditional':
        return [node.test, node.then, node.otherwise].forEach((each) => this.#expression(each))
    }
  }
}

function namesOf(target: Target): string[] {
  if (target.kind === 'name') return [target.name]
  return target.kind === 'tuple' ? target.targets.flatMap(namesOf) : []
}
