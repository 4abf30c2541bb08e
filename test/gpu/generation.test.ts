import { describe } from 'vitest'
import { describeLoopLogitsOn } from '../unit/generation/describe-loop-logits.ts'
import { describeLoopOn } from '../unit/generation/loop-generation.ts'
import { compileCuda, noCard } from './card.ts'

describe.skipIf(noCard)('generation on CUDA', { timeout: 120_000 }, () => {
  describeLoopOn(compileCuda)
  describeLoopLogitsOn(compileCuda)
})
