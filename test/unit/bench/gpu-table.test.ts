import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { bytesOf, watchDeviceMemory } from '../../../bench/gpu/device-memory.ts'
import { gpuTable, isWithin } from '../../../bench/gpu/gpu-table.ts'

test('a comparison that is not within its bound is marked, and what a part said stands beside its figures', () => {
  const table = gpuTable([
    {
      name: 'parity',
      who: 'ours',
      failed: true,
      lines: [
        { kind: 'parity', what: 'log-prob', found: 2e-6, allowed: 1e-5, unit: 'nats' },
        { kind: 'parity', what: 'gradients', found: 0.5, allowed: 1e-4, unit: 'relative' },
        { kind: 'parity', what: 'answers', found: null, allowed: 6, unit: 'answers', error: 'no card' },
        { kind: 'placement', away: 'NonZero ×2' },
      ],
      peakBytes: 3e9,
      note: 'odd',
    },
  ])
  expect(table).toMatch(/log-prob +2\.0e-6 +nats +3\.00 GB +same: ≤ 0\.00001; odd/)
  expect(table).toMatch(/gradients +5\.0e-1 +relative +3\.00 GB +DIFFERS/)
  expect(table).toMatch(/answers +NaN +answers +3\.00 GB +no card; odd/)
  expect(table).toMatch(/nodes on the processor .*NonZero ×2/)
})

test('what is no number is not what the processor computes', () => {
  const line = (found: number) =>
    JSON.parse(JSON.stringify({ found, allowed: 1e-4 })) as Record<string, unknown>
  expect(isWithin(line(1e-5))).toBe(true)
  expect(isWithin(line(1e-3))).toBe(false)
  expect(isWithin(line(Number.NaN))).toBe(false)
})

test('memory on the card is that of the process asked for, at its peak', async () => {
  expect(bytesOf('123, 512', new Set([123]))).toBe(512 * 1024 * 1024)
  expect(bytesOf('124, 512', new Set([123]))).toBeNull()
  expect(bytesOf('123, [N/A]', new Set([123]))).toBeNull()
  const dir = mkdtempSync(join(tmpdir(), 'smi-'))
  const tool = join(dir, 'nvidia-smi')
  writeFileSync(tool, '#!/bin/sh\nprintf "7, 100\\n123, 300\\n123, 200\\n"\n')
  chmodSync(tool, 0o755)
  const memory = watchDeviceMemory(123, tool)
  await vi.waitFor(() => expect(memory.peakBytes()).toBe(300 * 1024 * 1024), 10_000)
  memory.end()
  rmSync(dir, { recursive: true })
  const without = watchDeviceMemory(123, join(dir, 'no-such-tool'))
  expect(without.peakBytes()).toBeNull()
  without.end()
})
