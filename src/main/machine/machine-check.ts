import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import type { MachineCheck } from '../../contract/app/machine.ts'
import type { EngineDescription } from '../../contract/engine.ts'
import type { NvidiaAnswer } from './nvidia-smi.ts'
import { memoryNow } from './telemetry.ts'

type Found = Omit<MachineCheck, 'id' | 'label'>
type CheckId = MachineCheck['id']

export interface MachineParts {
  dataDir: string
  projectsDir: string
  describeEngine(): Promise<EngineDescription>
  askCards(): Promise<NvidiaAnswer>
  /** `kept` = the program prevents it during runs, `allowed` = switched off, `unknown` = this host cannot. */
  sleep: 'kept' | 'allowed' | 'unknown'
}

const labels: Record<CheckId, string> = {
  graphics: 'Graphics card',
  driver: 'Driver',
  engine: 'Training engine',
  processor: 'Processor',
  memory: 'Memory',
  disk: 'Project disk',
  writing: 'Data folder',
  sleep: 'Sleep',
}
const gigabyte = 1e9
/** The engine's own code and a small model beside it: below this even the starter is at risk. */
const leastMemoryBytes = 1 * gigabyte
/** A few iterations of a small model with their checkpoints. */
const leastDiskBytes = 2 * gigabyte

/** Every check as `running` in the order to show, then each as it completes. A check that throws is a problem in words. */
export async function* checkMachine(parts: MachineParts, signal: AbortSignal): AsyncGenerator<MachineCheck> {
  const cards = parts.askCards()
  const engine = startEngine(parts)
  const checks: Record<CheckId, () => Promise<Found> | Found> = {
    graphics: async () => graphics(await cards, await engine.then(({ device }) => device)),
    driver: async () => driver(await cards),
    engine: async () => (await engine).found,
    processor,
    memory,
    disk: () => disk(parts.projectsDir, parts.dataDir),
    writing: () => writing(parts.dataDir),
    sleep: () => sleep(parts.sleep),
  }
  const ids = Object.keys(checks) as CheckId[]
  for (const id of ids) yield { id, label: labels[id], state: 'running', value: '', detail: '', fix: null }
  const open = new Map(
    ids.map((id) => [
      id,
      Promise.resolve()
        .then(checks[id])
        .catch(couldNotCheck)
        .then((found) => ({ id, label: labels[id], ...found })),
    ]),
  )
  while (open.size > 0 && !signal.aborted) {
    const done = await Promise.race(open.values())
    open.delete(done.id)
    yield done
  }
}

const ok = (value: string, detail: string): Found => ({ state: 'ok', value, detail, fix: null })
const couldNotCheck = (error: unknown): Found => ({
  state: 'problem',
  value: 'Could not be checked',
  detail: error instanceof Error ? error.message : String(error),
  fix: null,
})
const amount = (bytes: number): string => `${(bytes / gigabyte).toFixed(1)} GB`

async function startEngine({
  describeEngine,
}: MachineParts): Promise<{ device: string | null; found: Found }> {
  const since = performance.now()
  try {
    const { device, versions } = await describeEngine()
    const seconds = ((performance.now() - since) / 1000).toFixed(1)
    const runtime = versions['onnxruntime-node']
    const detail = `${device}${runtime ? `, ONNX Runtime ${runtime}` : ''}, answered in ${seconds} s`
    return { device, found: ok('Ready', detail) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const [firstLine = ''] = message.split('\n')
    const fix = {
      text: 'Start the program again. If this stays, install it again; projects and runs stay as they are.',
      action: null,
    }
    return { device: null, found: { state: 'problem', value: 'Does not start', detail: firstLine, fix } }
  }
}

function graphics(answer: NvidiaAnswer, device: string | null): Found {
  const usesProcessor = device?.startsWith('CPU') ?? false
  if (answer.kind === 'failed') {
    return {
      state: usesProcessor ? 'ok' : 'warning',
      value: 'Does not answer',
      detail: usesProcessor ? 'Not needed: training uses the processor' : answer.message,
      fix: null,
    }
  }
  const [card, ...more] = answer.kind === 'cards' ? answer.cards : []
  if (!card) return ok('No NVIDIA card', 'Training uses the processor')
  const memoryText = card.memoryBytes === null ? '' : amount(card.memoryBytes)
  const capability = card.computeCapability === null ? '' : `compute ${card.computeCapability}`
  const others = more.length > 0 ? `${more.length} more` : ''
  const use = usesProcessor ? 'not used by this version' : ''
  const name = card.name.startsWith('NVIDIA') ? card.name : `NVIDIA ${card.name}`
  return ok(name, [memoryText, capability, others, use].filter(Boolean).join(', '))
}

function driver(answer: NvidiaAnswer): Found {
  if (answer.kind === 'failed') {
    const text = 'Restart the machine. If it stays, install the driver of the card again.'
    return { state: 'warning', value: 'Does not answer', detail: answer.message, fix: { text, action: null } }
  }
  const card = answer.kind === 'cards' ? answer.cards[0] : undefined
  if (card) return ok(card.driver, 'nvidia-smi answers')
  if (existsSync('/proc/driver/nvidia/version')) {
    const text = 'Install nvidia-smi (package nvidia-utils) to see the load of the card.'
    return {
      state: 'warning',
      value: 'Loaded',
      detail: 'nvidia-smi is missing',
      fix: { text, action: null },
    }
  }
  return ok('Not needed', 'No NVIDIA driver is installed')
}

function processor(): Found {
  const cores = availableParallelism()
  return ok(`${cores} ${cores === 1 ? 'core' : 'cores'}`, cpus()[0]?.model.trim() || 'model not known')
}

function memory(): Found {
  const { memoryBytes, usedMemoryBytes } = memoryNow()
  const free = memoryBytes - usedMemoryBytes
  const [value, detail] = [amount(memoryBytes), `${amount(free)} free`]
  if (free >= leastMemoryBytes) return ok(value, detail)
  const text = `Close other programs: with less than ${amount(leastMemoryBytes)} free even the starter may stop.`
  return { state: 'warning', value, detail, fix: { text, action: null } }
}

function disk(projectsDir: string, dataDir: string): Found {
  const { bavail, blocks, bsize } = statfsSync(existsSync(projectsDir) ? projectsDir : dataDir)
  const free = bavail * bsize
  const [value, detail] = [`${amount(free)} free`, `of ${amount(blocks * bsize)}`]
  if (free >= leastDiskBytes) return ok(value, detail)
  const text = `Free at least ${amount(leastDiskBytes)} on this disk, or choose another folder for projects in Settings.`
  return { state: 'warning', value, detail, fix: { text, action: null } }
}

/** A real write, synced: rights alone do not tell of a read-only or full disk. */
function writing(dataDir: string): Found {
  const path = join(dataDir, `.write-check.${process.pid}.tmp`)
  try {
    const file = openSync(path, 'w')
    try {
      writeSync(file, 'SPIN Studio can write here.\n')
      fsyncSync(file)
    } finally {
      closeSync(file)
      rmSync(path, { force: true })
    }
    return ok('Can be written', dataDir)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const text = 'Give yourself the right to write there, or start the program with another data folder.'
    return {
      state: 'problem',
      value: 'Cannot be written',
      detail: `${dataDir} (${code})`,
      fix: { text, action: null },
    }
  }
}

function sleep(prevention: MachineParts['sleep']): Found {
  if (prevention === 'kept') return ok('Kept awake', 'While a run is going on')
  if (prevention === 'unknown') return ok('As the system does', 'A page in a browser cannot prevent it')
  const fix = {
    text: 'Sleep would pause a long run.',
    action: 'keep-awake' as const,
  }
  return { state: 'warning', value: 'Can sleep', detail: 'Even while a run is going on', fix }
}
