/**
 * What the card of this machine brings, in one command: whether it computes what the processor computes, tokens/s at batch 1 to 128,
 * pairs/s of LoRA and QLoRA, peak memory on the card; beside PyTorch + transformers + TRL where they are installed.
 *
 *   npm run bench:gpu -- --cuda FOLDER            the folder with the CUDA provider (or SPIN_STUDIO_CUDA; see docs/gpu.md)
 *   … --shapes 0.5B,1.5B,7B --batches 1,8,32,128 --forms f32,int4 --only parity,generate,train,peers
 *   … --work DIR                                  keeps the models (7B: 15 GB); default: a temporary folder
 *   … --python PATH --json FILE --minutes N       N: no part starts later than that
 *   … --provider webgpu                          through the card's Vulkan driver: nothing to set up
 *   … --provider cpu --quick                      the same script on the processor with a tiny model: to test it
 *
 * No network and no weights are needed: models are random numbers in real shapes. Every part runs in a process of its own.
 * Ends with 1 where a comparison with the processor failed, or a part did.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { backendVariables } from '../../src/contract/backend.ts'
import { cudaEnvironment } from '../../src/main/cuda-environment.ts'
import { askCards } from '../../src/main/machine/nvidia-smi.ts'
import { machineState } from '../machine.ts'
import { isQwenShape } from '../qwen-shapes.ts'
import { writeRandomFolder } from '../random-folder.ts'
import { watchDeviceMemory } from './device-memory.ts'
import { gpuTable, isWithin, type PartResult } from './gpu-table.ts'

const { values } = parseArgs({
  options: {
    provider: { type: 'string', default: 'cuda' },
    cuda: { type: 'string', default: process.env[backendVariables.cuda] ?? '' },
    shapes: { type: 'string' },
    batches: { type: 'string' },
    forms: { type: 'string' },
    only: { type: 'string', default: 'parity,generate,train,peers' },
    work: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    threads: { type: 'string', default: String(Math.min(8, availableParallelism())) },
    minutes: { type: 'string', default: '600' },
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const { provider, quick } = values
const listed = (given: string | undefined, usual: string): string[] => (given ?? usual).split(',')
const shapes = listed(values.shapes, quick ? 'tiny' : '0.5B,1.5B,7B')
const batches = listed(values.batches, quick ? '1,4' : '1,8,32,64,128')
const forms = listed(values.forms, quick ? 'f32,int4' : 'f32,int8,int4')
const only = new Set(values.only.split(','))
const unknown = shapes.find((name) => !isQwenShape(name))
if (unknown !== undefined) throw new Error(`there is no shape ${unknown}`)
const work = values.work ?? mkdtempSync(join(tmpdir(), 'spin-gpu-'))
const results: PartResult[] = []
const lastStart = performance.now() + 60_000 * Number(values.minutes)

const cards = await askCards()
if (provider === 'cuda' && cards.kind !== 'cards') {
  const said = cards.kind === 'failed' ? cards.message : 'nvidia-smi is not there'
  console.error(
    `No NVIDIA card to measure (${said}). To try the script: npm run bench:gpu -- --provider cpu --quick`,
  )
  process.exit(2)
}
const entry = join(import.meta.dirname, 'part.ts')
const given = { ...process.env, [backendVariables.cuda]: values.cuda }
const env = { ...given, ...(provider === 'cuda' && cudaEnvironment(given, entry)) }

if (only.has('parity')) await part('parity', ['--part', 'parity'])
for (const shape of shapes) {
  if (only.has('generate'))
    for (const batch of batches)
      await part(`generate ${shape}`, ['--part', 'generate', '--shape', shape, '--batches', batch])
  if (only.has('train'))
    for (const form of forms)
      await part(`train ${shape} ${form}`, ['--part', 'train', '--shape', shape, '--form', form])
  if (only.has('peers')) await peers(shape)
}
const report = { machine: machineState(Number(values.threads)), cards, provider, quick, results }
console.log(gpuTable(results))
if (values.json) writeFileSync(values.json, JSON.stringify(report, null, 2))
if (values.work === undefined) rmSync(work, { recursive: true })
process.exit(results.some(({ failed }) => failed) ? 1 : 0)

async function part(name: string, args: readonly string[]): Promise<void> {
  const common = ['--provider', provider, '--work', work, '--threads', values.threads]
  await run(name, 'ours', process.execPath, [entry, ...args, ...common, ...(quick ? ['--quick'] : [])])
}

/** PyTorch with the same model folder and lengths, where it is installed with what it needs. */
async function peers(shape: string): Promise<void> {
  const { status } = spawnSync(values.python, ['-c', 'import torch, transformers, trl, peft'], {
    stdio: 'ignore',
  })
  if (status !== 0) {
    console.error(`${values.python} has no torch, transformers, trl and peft: PyTorch is left out.`)
    return
  }
  if (isQwenShape(shape)) writeRandomFolder(join(work, shape), shape)
  const script = join(import.meta.dirname, 'peers.py')
  const device = provider !== 'cpu' && cards.kind === 'cards' ? 'cuda' : 'cpu'
  const common = ['--model', join(work, shape), '--device', device, ...(quick ? ['--quick'] : [])]
  if (only.has('generate'))
    for (const batch of batches)
      await run(`generate ${shape}`, 'PyTorch', values.python, [
        script,
        'generate',
        '--batch',
        batch,
        ...common,
      ])
  if (!only.has('train')) return
  for (const form of forms) {
    if (form === 'int8') continue // bitsandbytes' int8 is another method (outliers apart)
    await run(`train ${shape} ${form}`, 'PyTorch', values.python, [
      script,
      'train',
      '--form',
      form,
      ...common,
    ])
  }
}

/** A part in a process of its own; its lines become results. */
async function run(name: string, who: PartResult['who'], command: string, args: string[]): Promise<void> {
  if (performance.now() > lastStart) {
    results.push({ name, who, failed: false, lines: [], peakBytes: null, note: 'left out: no time left' })
    return
  }
  console.error(`── ${who}: ${name}`)
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const memory = watchDeviceMemory(child.pid ?? -1)
  const lines: Record<string, unknown>[] = []
  const said: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{"kind"')) lines.push(JSON.parse(line) as Record<string, unknown>)
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line)
    console.error(`   ${line}`)
  })
  const code = await new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (status, signal) => resolve(status ?? signal ?? 'ended'))
  })
  memory.end()
  const isOff = lines.some((line) => line['kind'] === 'parity' && !isWithin(line))
  const ended =
    code === 0
      ? null
      : `ended with ${code}: ${said.findLast((line) => /error|memory/i.test(line)) ?? said.at(-1) ?? ''}`
  // What a peer cannot do here is no failure of ours.
  const failed = who === 'ours' && (isOff || ended !== null)
  results.push({
    name,
    who,
    failed,
    lines,
    peakBytes: memory.peakBytes(),
    note: ended ?? (isOff ? 'NOT WHAT THE PROCESSOR COMPUTES' : ''),
  })
}
