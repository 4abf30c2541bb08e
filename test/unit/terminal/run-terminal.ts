import { runTerminal } from '../../../src/main/terminal/index.ts'

/** A command line with what it wrote. */
export async function run(...argv: string[]): Promise<{ code: number; out: string; error: string }> {
  let [out, error] = ['', '']
  const code = await runTerminal(argv, {
    out: { write: (s) => (out += s) },
    error: { write: (s) => (error += s) },
  })
  return { code, out, error }
}
