import type { SampleIteration } from '../../contract/app.ts'
import { samplesStrings as words } from '../strings/samples.ts'

export function opponentName({ opponent }: Pick<SampleIteration, 'opponent'>): string {
  if (opponent === null) return words.otherModel
  return opponent < 0 ? words.base : words.iteration(opponent)
}
