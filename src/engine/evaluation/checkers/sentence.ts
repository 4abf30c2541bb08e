import { badCheck, readCount, readOptions } from './checker.ts'
import type { Checker } from './checker.ts'
import { adverbs, animals, colours, sizes, verbs } from './sentence-words.ts'

/**
 * A sentence `the [colour] [size] animal verb [adverb]` with an exact number of words and a full stop:
 * `sentence:4:colour=red` is met by `the red fox runs.`, `sentence:3:animal=owl` by `the owl waits.`,
 * `sentence:4:start=c` wants an animal that begins with c.
 */
const form = 'sentence:<words>:animal=<animal>:start=<a>:colour=<colour>'
const shape = new RegExp(
  `^the(?: (${colours.join('|')}))?(?: (?:${sizes.join('|')}))? (${animals.join('|')})` +
    ` (?:${verbs.join('|')})(?: (?:${adverbs.join('|')}))?\\.$`,
)

export const sentence: Checker = {
  kind: 'sentence',
  form,
  read(parameters) {
    const count = readCount(parameters[0])
    if (!count) throw badCheck(form, parameters)
    const options = readOptions(form, parameters.slice(1), ['animal', 'start', 'colour'])
    const [animal, start, colour] = [options.get('animal'), options.get('start') ?? '', options.get('colour')]
    return (answer) => {
      const found = shape.exec(answer)
      return (
        found !== null &&
        answer.split(' ').length === count &&
        (animal === undefined || found[2] === animal) &&
        (colour === undefined || found[1] === colour) &&
        found[2]!.startsWith(start)
      )
    }
  },
}
