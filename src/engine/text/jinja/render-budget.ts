import { TemplateError } from './template-error.ts'

const stepLimit = 3_000_000
const characterLimit = 64_000_000
const depthLimit = 150

/**
 * What one rendering may use: a template comes with a model that someone downloaded, and an endless loop in it must
 * cost a second, not the engine. A long conversation in a published template uses under a thousandth of the steps.
 */
export class RenderBudget {
  #steps = stepLimit
  #characters: number
  #depth = 0

  /** `givenCharacters`: how long the rendered messages are; copying them a few times must always be possible. */
  constructor(givenCharacters: number) {
    this.#characters = characterLimit + 64 * givenCharacters
  }

  step(count = 1): void {
    this.#steps -= count
    if (this.#steps < 0)
      throw new TemplateError(`it does not come to an end: stopped after ${stepLimit} steps`)
  }

  /** Counts text before it is made: a doubling in a loop would fill the memory within few steps. */
  characters(count: number): void {
    this.#characters -= count
    if (this.#characters < 0)
      throw new TemplateError(`it writes without end: stopped after ${characterLimit} characters`)
  }

  enter(): void {
    if (++this.#depth > depthLimit)
      throw new TemplateError(`its macros or loops call themselves more than ${depthLimit} deep`)
  }

  leave(): void {
    this.#depth--
  }
}
