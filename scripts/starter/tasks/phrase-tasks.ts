import {
  adverbs,
  animals,
  colours,
  sizes,
  verbs,
} from '../../../src/engine/evaluation/checkers/sentence-words.ts'
import { alphabet, withArticle } from './task.ts'
import type { Task } from './task.ts'

export const pick: Task = {
  kind: 'pick',
  draw(random) {
    const items = random.sample(alphabet, random.integer(3, 6))
    const count = random.integer(2, Math.min(3, items.length - 1))
    const list = items.join(', ')
    return {
      check: `pick:${count}:${items.join(',')}`,
      phrasings: [`Pick ${count} of ${list}.`, `Choose ${count}: ${list}.`, `Take ${count} from ${list}.`],
      answer: random.sample(items, count).join(' '),
    }
  },
}

export const sentence: Task = {
  kind: 'sentence',
  draw(random) {
    const length = random.integer(3, 5)
    const about = random.integer(0, 3) // 0 animal, 1 first letter, 2 colour, 3 animal and colour
    const coloured = about >= 2
    // Every word beyond `the animal verb` fills one of three places; a wanted colour has its place already.
    const places = random.sample(coloured ? ['size', 'adverb'] : ['colour', 'size', 'adverb'], length - 3)
    const animal = random.pick(animals)
    const colour = random.pick(colours)
    const wantsColour = coloured && length > 3
    if (wantsColour) places.pop()
    const parts = ['the']
    if (wantsColour || places.includes('colour')) parts.push(colour)
    if (places.includes('size')) parts.push(random.pick(sizes))
    parts.push(animal, random.pick(verbs))
    if (places.includes('adverb')) parts.push(random.pick(adverbs))
    const subject = {
      animal: withArticle(animal),
      start: `an animal with ${animal[0]}`,
      colour: `something ${colour}`,
      both: `a ${colour} ${animal}`,
    }
    const wanted = wantsColour ? (about === 2 ? 'colour' : 'both') : about === 1 ? 'start' : 'animal'
    const checks = {
      animal: `animal=${animal}`,
      start: `start=${animal[0]}`,
      colour: `colour=${colour}`,
      both: `animal=${animal}:colour=${colour}`,
    }
    return {
      check: `sentence:${length}:${checks[wanted]}`,
      phrasings: [
        `Write ${length} words about ${subject[wanted]}.`,
        `Say ${length} words about ${subject[wanted]}.`,
        `Use ${length} words for ${subject[wanted]}.`,
      ],
      answer: `${parts.join(' ')}.`,
    }
  },
}
