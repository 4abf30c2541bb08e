/**
 * One part of the benchmark in a process of its own, started by index.ts: what it measured goes to stdout, a line of JSON each;
 * all else to stderr. A crash or an out-of-memory costs this part alone.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { backendVariables } from '../../src/contract/backend.ts'
import type { GenerationDevice } from '../../src/engine/generation/step-model.ts'
import type { CompileProgram } from '../../src/engine/onnx/compiled-program.ts'
import type { Provider } from '../../src/engine/onnx/lowering-context.ts'
import { detours, kindsOf, type PlacedNode } from '../../src/engine/onnx/node-placement.ts'
import { Program } from '../../src/engine/onnx/program.ts'
import { isQwenShape } from '../qwen-shapes.ts'
import { measureGeneration } from './generation.ts'
import { parity } from './parity.ts'
import { measureTraining, type TrainingForm } from './training.ts'

const { values } = parseArgs({
  options: {
    part: { type: 'string', default: 'parity' },
    shape: { type: 'string', default: 'tiny' },
    form: { type: 'string', default: 'f32' },
    batches: { type: 'string', default: '1' },
    provider: { type: 'string', default: 'cuda' },
    work: { type: 'string', default: '' },
    threads: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
  },
})
const provider = providerNamed(values.provider)
const threads = Number(values.threads)
const { shape } = values
if (!isQwenShape(shape)) throw new Error(`there is no shape ${shape}`)
mkdirSync(values.work, { recursive: true })

/** Nodes that the device left to the processor, by their kinds. */
const away = new Map<string, PlacedNode>()
const compile: CompileProgram = (graph, options) =>
  Program.compileFor(provider, graph, {
    ...options,
    onPlacement: (nodes) => {
      for (const node of detours(nodes, provider)) away.set(`${node.op} ${node.name}`, node)
    },
  })
/** As the product has it: on WebGPU weights and caches stay between two tokens, on CUDA within one program. */
const device: GenerationDevice = { kind: provider === 'webgpu' ? 'resident' : 'loop', compile }
const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

if (values.part === 'parity') {
  for await (const found of parity(values.work, threads, { compile, device }))
    tell({ kind: 'parity', ...found })
} else if (values.part === 'generate') {
  const batches = values.batches.split(',').map(Number)
  const dir = join(values.work, shape)
  for await (const found of measureGeneration({ dir, shape, batches, threads, device, quick: values.quick }))
    tell({ kind: 'generate', ...found })
} else {
  process.env[backendVariables.backend] = provider === 'cpu' ? 'onnxruntime' : provider
  const form = values.form as TrainingForm
  tell({ kind: 'train', ...(await measureTraining({ work: values.work, shape, form, quick: values.quick })) })
}
tell({ kind: 'placement', away: away.size === 0 ? null : kindsOf([...away.values()]) })
process.exit(0) // sessions that are still open would only be closed one by one

function providerNamed(name: string): Provider {
  if (name === 'cpu' || name === 'webgpu' || name === 'cuda') return name
  throw new Error(`expected cuda, webgpu or cpu as provider, found ${name}`)
}
