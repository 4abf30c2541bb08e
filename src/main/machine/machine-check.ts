import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import type { MachineCheck } from '../../contract/app/machine.ts'
import type { TensorFlowStatus } from '../../contract/backend.ts'
import type { EngineDescription } from '../../contract/engine.ts'
import { checkWords as words } from '../../strings/machine.ts'
import type { NvidiaAnswer } from './nvidia-smi.ts'
import { memoryNow } from './telemetry.ts'

type Found = Omit<MachineCheck, 'id' | 'label'>
type CheckId = MachineCheck['id']

export interface MachineParts {
  dataDir: string
  projectsDir: string
  describeEngine(): Promise<EngineDescription>
  askCards(): Promise<NvidiaAnswer>
  /** null = it was not chosen to compute with. */
  askTensorFlow: (() => Promise<TensorFlowStatus>) | null
  /** `kept` = the program prevents it during runs, `allowed` = switched off, `unknown` = this host cannot. */
  sleep: 'kept' | 'allowed' | 'unknown'
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
  for (const id of ids)
    yield { id, label: words.labels[id], state: 'running', value: '', detail: '', fix: null }
  const open = new Map(
    ids.map((id) => [
      id,
      Promise.resolve()
        .then(checks[id])
        .catch(couldNotCheck)
        .then((found) => ({ id, label: words.labels[id], ...found })),
    ]),
  )
  while (open.size > 0 && !signal.aborted) {
    const done = await Promise.race(open.values())
    open.delete(done.id)
    yield done
  }
}

const ok = (value: string, detail: string): Found => ({ state: 'ok', value, detail, fix: null })
const warning = (value: string, detail: string, text: string): Found => ({
  state: 'warning',
  value,
  detail,
  fix: { text, action: null },
})
const problem = (value: string, detail: string, text: string | null): Found => ({
  state: 'problem',
  value,
  detail,
  fix: text === null ? null : { text, action: null },
})
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
const couldNotCheck = (error: unknown): Found => problem(words.notChecked, messageOf(error), null)
const amount = (bytes: number): string => `${(bytes / gigabyte).toFixed(1)} GB`

async function startEngine({
  describeEngine,
  askTensorFlow,
}: MachineParts): Promise<{ device: string | null; found: Found }> {
  const since = performance.now()
  try {
    const { device, versions } = await describeEngine()
    const seconds = ((performance.now() - since) / 1000).toFixed(1)
    const detail = words.engine.detail(device, versions['onnxruntime-node'], seconds)
    if (!askTensorFlow) return { device, found: ok(words.engine.ready, detail) }
    const { state, why, whatToDo, version, computesOn } = await askTensorFlow()
    const found =
      state === 'ready'
        ? ok(words.engine.ready, words.engine.tensorFlow(detail, version ?? ''))
        : problem(words.engine.noTensorFlow, why, words.engine.tensorFlowFix(whatToDo ?? ''))
    return { device: computesOn === 'card' ? words.engine.card : device, found }
  } catch (error) {
    const [firstLine = ''] = messageOf(error).split('\n')
    return { device: null, found: problem(words.engine.broken, firstLine, words.engine.fix) }
  }
}

function graphics(answer: NvidiaAnswer, device: string | null): Found {
  const usesProcessor = device?.startsWith('CPU') ?? false
  if (answer.kind === 'failed') {
    return usesProcessor
      ? ok(words.noAnswer, words.graphics.notNeeded)
      : warning(words.noAnswer, answer.message, words.driver.fix)
  }
  const [card, ...more] = answer.kind === 'cards' ? answer.cards : []
  if (!card) return ok(words.graphics.none, words.graphics.noneDetail)
  const details = [
    card.memoryBytes === null ? '' : amount(card.memoryBytes),
    card.computeCapability === null ? '' : words.graphics.compute(card.computeCapability),
    more.length > 0 ? words.graphics.more(more.length) : '',
    usesProcessor ? words.graphics.unused : '',
  ]
  const name = card.name.startsWith('NVIDIA') ? card.name : `NVIDIA ${card.name}`
  return ok(name, details.filter(Boolean).join(', '))
}

function driver(answer: NvidiaAnswer): Found {
  if (answer.kind === 'failed') return warning(words.noAnswer, answer.message, words.driver.fix)
  const card = answer.kind === 'cards' ? answer.cards[0] : undefined
  if (card) return ok(card.driver, words.driver.answers)
  if (existsSync('/proc/driver/nvidia/version'))
    return warning(words.driver.loaded, words.driver.noTool, words.driver.noToolFix)
  return ok(words.driver.notNeeded, words.driver.none)
}

const processor = (): Found =>
  ok(words.processor.cores(availableParallelism()), cpus()[0]?.model.trim() || words.processor.unknown)

function memory(): Found {
  const { memoryBytes, usedMemoryBytes } = memoryNow()
  const free = memoryBytes - usedMemoryBytes
  const [value, detail] = [amount(memoryBytes), words.memory.free(amount(free))]
  return free >= leastMemoryBytes
    ? ok(value, detail)
    : warning(value, detail, words.memory.fix(amount(leastMemoryBytes)))
}

function disk(projectsDir: string, dataDir: string): Found {
  const { bavail, blocks, bsize } = statfsSync(existsSync(projectsDir) ? projectsDir : dataDir)
  const free = bavail * bsize
  const [value, detail] = [words.disk.free(amount(free)), words.disk.of(amount(blocks * bsize))]
  return free >= leastDiskBytes
    ? ok(value, detail)
    : warning(value, detail, words.disk.fix(amount(leastDiskBytes)))
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
    return ok(words.writing.works, dataDir)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return problem(words.writing.fails, `${dataDir} (${code})`, words.writing.fix)
  }
}

function sleep(prevention: MachineParts['sleep']): Found {
  if (prevention === 'kept') return ok(words.sleep.kept, words.sleep.keptDetail)
  if (prevention === 'unknown') return ok(words.sleep.unknown, words.sleep.unknownDetail)
  const fix = { text: words.sleep.fix, action: 'keep-awake' as const }
  return { state: 'warning', value: words.sleep.allowed, detail: words.sleep.allowedDetail, fix }
}
