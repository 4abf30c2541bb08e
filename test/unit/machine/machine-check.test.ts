import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MachineCheck, Telemetry } from '../../../src/contract/app/machine.ts'
import type { EngineDescription } from '../../../src/contract/engine.ts'
import { AppError } from '../../../src/contract/errors.ts'
import { checkMachine, type MachineParts } from '../../../src/main/machine/machine-check.ts'
import type { NvidiaCard } from '../../../src/main/machine/nvidia-smi.ts'
import { createTelemetry } from '../../../src/main/machine/telemetry.ts'
import { folderOfTest } from '../../temp-folder.ts'

const engine: EngineDescription = {
  versions: { 'onnxruntime-node': '1.30.0' },
  device: 'CPU, 2 threads',
  threads: 2,
  pid: 1,
  rssBytes: 1,
  peakRssBytes: 1,
}
const card: NvidiaCard = {
  name: 'NVIDIA RTX 4090',
  memoryBytes: 24e9,
  driver: '570.86',
  computeCapability: '8.9',
}

function parts(change: Partial<MachineParts> = {}): MachineParts {
  const dataDir = folderOfTest('machine')
  return {
    dataDir,
    projectsDir: join(dataDir, 'projects'),
    describeEngine: async () => engine,
    askCards: async () => ({ kind: 'absent' }),
    askTensorFlow: null,
    sleep: 'kept',
    ...change,
  }
}

async function check(change: Partial<MachineParts> = {}) {
  const events: MachineCheck[] = []
  for await (const event of checkMachine(parts(change), new AbortController().signal))
    events.push(MachineCheck.parse(event))
  const found = Object.fromEntries(
    events.filter(({ state }) => state !== 'running').map((event) => [event.id, event]),
  )
  return { events, found: found as Record<MachineCheck['id'], MachineCheck> }
}

describe('checkMachine', () => {
  it('shows every check as running first, then each once with what was found', async () => {
    const { events } = await check()
    const running = events.slice(0, 8)
    expect(running.every(({ state }) => state === 'running')).toBe(true)
    expect(
      events
        .slice(8)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(running.map(({ id }) => id).toSorted())
  })

  it('does not keep quick checks waiting for the engine', async () => {
    let start: (found: EngineDescription) => void = () => undefined
    const slow = new Promise<EngineDescription>((resolve) => {
      start = resolve
    })
    const order: string[] = []
    for await (const { id, state } of checkMachine(
      parts({ describeEngine: () => slow }),
      new AbortController().signal,
    )) {
      if (state === 'running') continue
      order.push(id)
      if (id === 'writing') start(engine)
    }
    expect(order.indexOf('writing')).toBeLessThan(order.indexOf('engine'))
  })

  it('says of a card what it is, and that a version on the processor does not use it', async () => {
    const { found } = await check({ askCards: async () => ({ kind: 'cards', cards: [card] }) })
    expect(found.graphics).toMatchObject({ state: 'ok', value: 'NVIDIA RTX 4090' })
    expect(found.graphics.detail).toBe('24.0 GB, compute 8.9, not used by this version')
    expect(found.driver).toMatchObject({ state: 'ok', value: '570.86' })
  })

  it('counts a machine without a card as fit', async () => {
    const { found } = await check()
    expect(found.graphics).toMatchObject({ state: 'ok', value: 'No NVIDIA card', fix: null })
  })

  it('warns of a driver that does not answer, with what to do', async () => {
    const { found } = await check({
      askCards: async () => ({ kind: 'failed', message: 'no answer within 5 s' }),
    })
    expect(found.driver).toMatchObject({ state: 'warning', detail: 'no answer within 5 s' })
    expect(found.driver.fix?.text).toContain('Restart')
  })

  it('says why the engine does not start, and goes on with the other checks', async () => {
    const { found } = await check({
      describeEngine: async () => {
        throw new AppError(
          'ENGINE_UNAVAILABLE',
          'The engine is not started again: it failed twice.\n  | stderr',
        )
      },
    })
    expect(found.engine).toMatchObject({
      state: 'problem',
      detail: 'The engine is not started again: it failed twice.',
    })
    expect(found.disk.state).toMatch(/ok|warning/)
  })

  it('says of TensorFlow, where it was chosen, what training runs on or what stands in its way', async () => {
    const status = { why: 'It finds no card.', whatToDo: 'Install the driver.', computesOn: null }
    const { found: broken } = await check({
      askTensorFlow: async () => ({ ...status, state: 'unusable', version: '4.22.0' }),
    })
    expect(broken.engine).toMatchObject({ state: 'problem', value: 'TensorFlow cannot be used' })
    expect(broken.engine.fix?.text).toBe('Install the driver. Or choose the processor in Settings.')
    const { found } = await check({
      askTensorFlow: async () => ({ ...status, state: 'ready', version: '4.22.0' }),
    })
    expect(found.engine.state).toBe('ok')
    expect(found.engine.detail).toMatch(/^CPU, 2 threads, .*; training on TensorFlow\.js 4\.22\.0$/)
    const { found: used } = await check({
      askCards: async () => ({ kind: 'cards', cards: [card] }),
      askTensorFlow: async () => ({ ...status, state: 'ready', version: '4.22.0', computesOn: 'card' }),
    })
    expect(used.graphics.detail).toBe('24.0 GB, compute 8.9')
  })

  it('writes into the data folder to see that it can, and leaves nothing there', async () => {
    const given = parts()
    for await (const { id, state } of checkMachine(given, new AbortController().signal))
      if (id === 'writing' && state !== 'running') expect(state).toBe('ok')
    expect(readdirSync(given.dataDir)).toEqual([])
  })

  it('names a data folder that cannot be written as a problem', async () => {
    const dataDir = join(parts().dataDir, 'gone')
    const { found } = await check({ dataDir, projectsDir: tmpdir() })
    expect(found.writing).toMatchObject({ state: 'problem', value: 'Cannot be written' })
    expect(found.writing.detail).toContain('ENOENT')
    expect(existsSync(dataDir)).toBe(false)
  })

  it('offers to keep awake where that is switched off, and only there', async () => {
    expect((await check({ sleep: 'allowed' })).found.sleep).toMatchObject({
      state: 'warning',
      fix: { action: 'keep-awake' },
    })
    expect((await check({ sleep: 'unknown' })).found.sleep.fix).toBeNull()
  })
})

describe('telemetry', () => {
  it('says memory and disk at once, the load of the processor after a look, and ends the tool with the last watcher', async () => {
    const dir = folderOfTest('telemetry')
    mkdirSync(join(dir, 'x'))
    let open = 0
    const source = createTelemetry({
      diskOf: () => dir,
      intervalMs: 30,
      openLoads: () => {
        open++
        return { loads: () => [], end: () => open-- }
      },
    })
    const leave = new AbortController()
    const seen: Telemetry[] = []
    for await (const event of source.watch(leave.signal)) {
      expect(open).toBe(1)
      seen.push(Telemetry.parse(event))
      if (seen.length === 3) leave.abort()
    }
    expect(open).toBe(0)
    expect(seen[0]).toMatchObject({ processorLoad: null, gpus: [] })
    expect(seen[0]!.usedMemoryBytes).toBeGreaterThan(0)
    expect(seen[0]!.usedMemoryBytes).toBeLessThan(seen[0]!.memoryBytes)
    expect(seen[2]!.processorLoad).toBeGreaterThanOrEqual(0)
    expect(seen[2]!.processorLoad).toBeLessThanOrEqual(1)
  })
})
