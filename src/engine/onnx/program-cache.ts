import type { Graph } from '../tensor/graph.ts'
import type { CompiledProgram, CompileProgram, ProgramOptions } from './compiled-program.ts'
import { Program } from './program.ts'

/**
 * Programs by shape: graphs are static, so each (batch, length) bucket compiles once. The oldest unused ones are
 * released, because a long run with many lengths would otherwise collect sessions. None keeps its memory between runs:
 * 0.8 GB for every shape of a 135M model's training step, to save a hundredth of its time.
 */
export class ProgramCache {
  private readonly programs = new Map<string, Promise<CompiledProgram>>()
  private readonly options: ProgramOptions
  private readonly capacity: number
  private readonly compile: CompileProgram

  /** `compile`: what executes the programs; default: ONNX Runtime. */
  constructor(options: ProgramOptions, capacity = 48, compile: CompileProgram = Program.compile) {
    this.options = options
    this.capacity = capacity
    this.compile = compile
  }

  /** `onDevice`: whether the output of this name stays on the device; no part of the key. */
  get(
    key: string,
    build: () => Graph,
    onDevice: (output: string) => boolean = () => false,
  ): Promise<CompiledProgram> {
    const known = this.programs.get(key)
    if (known) {
      this.programs.delete(key) // re-inserted below: a Map keeps insertion order, so the first key is the least recently used
      this.programs.set(key, known)
      return known
    }
    const graph = build()
    const program = this.compile(graph, {
      ...this.options,
      keepsMemory: false,
      onDevice: [...graph.results.keys()].filter(onDevice),
    })
    this.programs.set(key, program)
    // A failed compilation is not kept: the next call may find more memory.
    program.catch(() => this.programs.get(key) === program && this.programs.delete(key))
    if (this.programs.size > this.capacity) {
      const [oldest, unused] = this.programs.entries().next().value!
      this.programs.delete(oldest)
      void unused.then((p) => p.release())
    }
    return program
  }

  async release(): Promise<void> {
    const programs = [...this.programs.values()]
    this.programs.clear()
    for (const program of programs) await (await program).release()
  }
}
