import { arithmeticCases } from './arithmetic-cases.ts'
import { attentionCases } from './attention-cases.ts'
import { controlCases } from './control-cases.ts'
import { layerCases } from './layer-cases.ts'
import type { OpCase } from './op-case.ts'
import { placeCases } from './place-cases.ts'
import { shapeCases } from './shape-cases.ts'

/** At least one use of every op; those with a gradient rule first among their kind. */
export const opCases: readonly OpCase[] = [
  ...arithmeticCases,
  ...layerCases,
  ...shapeCases,
  ...placeCases,
  ...controlCases,
  ...attentionCases,
]
