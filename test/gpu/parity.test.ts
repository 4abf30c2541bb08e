import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parity } from '../../bench/gpu/parity.ts'
import { compileCuda, noCard } from './card.ts'

test.skipIf(noCard)(
  'answers, log-probs, and gradients of all weights and of an adapter are those of the processor',
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'spin-parity-'))
    const found = []
    const device = { kind: 'loop', compile: compileCuda } as const
    for await (const one of parity(dir, 1, { compile: compileCuda, device })) found.push(one)
    rmSync(dir, { recursive: true })
    expect(found).toHaveLength(5)
    for (const { what, found: difference, allowed, error } of found)
      expect({ what, within: difference <= allowed, difference, error }).toMatchObject({ within: true })
  },
  300_000,
)
