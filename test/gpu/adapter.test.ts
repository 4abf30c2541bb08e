import { describe } from 'vitest'
import { describeAdapterPassOn } from '../unit/adapter/describe-adapter-pass.ts'
import { compileCuda, noCard } from './card.ts'

describe.skipIf(noCard)("an adapter's whole program on CUDA", { timeout: 120_000 }, () => {
  describeAdapterPassOn(compileCuda)
})
