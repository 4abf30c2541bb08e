import { TemplateError } from './template-error.ts'
import { Callable, isEqual, Undefined, type Attributes, type Call, type Value } from './values.ts'

/** The variable `loop` (jinja2/runtime.py, LoopContext). */
export class LoopState implements Attributes {
  readonly #items: readonly Value[]
  readonly #depth: number
  #seen: readonly Value[] | undefined
  at = -1

  constructor(items: readonly Value[], depth: number) {
    this.#items = items
    this.#depth = depth
  }

  get(name: string): Value | undefined {
    const count = this.#items.length
    switch (name) {
      case 'index':
        return this.at + 1
      case 'index0':
        return this.at
      case 'revindex':
        return count - this.at
      case 'revindex0':
        return count - this.at - 1
      case 'first':
        return this.at === 0
      case 'last':
        return this.at === count - 1
      case 'length':
        return count
      case 'depth':
        return this.#depth + 1
      case 'depth0':
        return this.#depth
      case 'previtem':
        return this.#items[this.at - 1] ?? new Undefined('there is no previous item, so loop.previtem')
      case 'nextitem':
        return this.#items[this.at + 1] ?? new Undefined('there is no next item, so loop.nextitem')
      case 'cycle':
        return new Callable('cycle', ({ positional }: Call) => {
          if (positional.length === 0) throw new TemplateError('loop.cycle: no items given')
          return positional[this.at % positional.length]!
        })
      case 'changed':
        return new Callable('changed', ({ positional }: Call) => {
          const seen = this.#seen
          this.#seen = positional
          return (
            !seen ||
            seen.length !== positional.length ||
            positional.some((item, i) => !isEqual(item, seen[i]!))
          )
        })
      default:
        return undefined
    }
  }
}
