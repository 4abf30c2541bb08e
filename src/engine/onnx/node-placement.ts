import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type ort from 'onnxruntime-node'
import { makeScratchFolder } from '../files/scratch-folder.ts'
import type { Provider } from './lowering-context.ts'

/** A node that ran, where, and what it made; nodes within loops and branches too, once for every time that they ran. */
export interface PlacedNode {
  name: string
  op: string
  /** As ONNX Runtime calls it: "CPUExecutionProvider". */
  provider: string
  /** By ONNX's names of types: { type: "float", shape: [2, 3] }. */
  outputs: { type: string; shape: number[] }[]
}

const providerNames: Record<Provider, string> = {
  cpu: 'CPUExecutionProvider',
  webgpu: 'WebGpuExecutionProvider',
  cuda: 'CUDAExecutionProvider',
}

/**
 * Records where the nodes of a session run. ONNX Runtime can say what it assigned where, but its binding for Node has no call
 * for that; the profile of a run, a file that every node's event names its provider in, is what it has. The events of what ran
 * between `sessionOptions` and `read` are in it: a first run, after which the session goes on without a profile.
 */
export class PlacementProfile {
  private readonly folder = makeScratchFolder('placement')

  /** For the session that is to be recorded. */
  get sessionOptions(): ort.InferenceSession.SessionOptions {
    return { enableProfiling: true, profileFilePrefix: join(this.folder.path, 'run') }
  }

  /** Ends the recording. */
  read(session: ort.InferenceSession): PlacedNode[] {
    session.endProfiling()
    const [file] = readdirSync(this.folder.path)
    const nodes = file === undefined ? [] : parsePlacement(readFileSync(join(this.folder.path, file), 'utf8'))
    this.discard()
    return nodes
  }

  discard(): void {
    this.folder.remove()
  }
}

/** The nodes of a profile of ONNX Runtime (JSON in the format of Chrome's traces). */
export function parsePlacement(text: string): PlacedNode[] {
  const events = JSON.parse(text) as ProfileEvent[]
  return events.flatMap(({ cat, name, args }) => {
    if (cat !== 'Node' || args?.provider === undefined) return []
    const outputs = (args.output_type_shape ?? []).flatMap((output) =>
      Object.entries(output).map(([type, shape]) => ({ type, shape })),
    )
    return [
      { name: name.replace(/_kernel_time$/, ''), op: args.op_name ?? '', provider: args.provider, outputs },
    ]
  })
}

interface ProfileEvent {
  cat: string
  name: string
  args?: { op_name?: string; provider?: string; output_type_shape?: Record<string, number[]>[] }
}

/** Numbers that a node on the processor may make: the shape of a tensor, a length, whether a loop goes on. */
const mostShapeNumbers = 64

/**
 * The nodes that took their data away from the device, one for each name. Arithmetic on shapes belongs on the processor: a few
 * integers or truth values that decide sizes, which the processor has to know before it can start the next kernel.
 */
export function detours(nodes: readonly PlacedNode[], provider: Provider): PlacedNode[] {
  const away = nodes.filter((node) => node.provider !== providerNames[provider] && !isShapeArithmetic(node))
  return [...new Map(away.map((node) => [node.name, node])).values()]
}

const isShapeArithmetic = ({ provider, outputs }: PlacedNode): boolean =>
  provider === providerNames.cpu &&
  outputs.every(
    ({ type, shape }) =>
      /^(u?int(32|64)|bool)$/.test(type) && shape.reduce((n, size) => n * size, 1) <= mostShapeNumbers,
  )

/** "MatMul ×2, Softmax": of the nodes' kinds, the most frequent first. */
export function kindsOf(nodes: readonly PlacedNode[]): string {
  const counts = new Map<string, number>()
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1)
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([op, count]) => (count === 1 ? op : `${op} ×${count}`))
    .join(', ')
}
