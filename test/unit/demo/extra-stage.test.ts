import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { runExtraStage } from '../../../src/main/demo/extra-stage.ts'

const dirs: string[] = []
let dir: string
let runs: number
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'extra-'))
  dirs.push(dir)
  runs = 0
})
afterAll(() => dirs.forEach((path) => rmSync(path, { recursive: true })))

const Done = z.object({ kind: z.literal('done'), path: z.string() })

/** A stage that writes one file, in two steps; `fail` breaks it before the end. */
function stage(identity: unknown, fail = false) {
  const path = join(dir, 'answers.jsonl')
  return runExtraStage({
    recordPath: join(dir, 'record.json'),
    identity,
    resultSchema: Done,
    async *run() {
      runs++
      yield { kind: 'step', step: 0 }
      writeFileSync(path, JSON.stringify(identity))
      if (fail) throw new Error('killed')
      yield { kind: 'step', step: 1 }
      yield { kind: 'done', path }
    },
    onEvent: () => undefined,
    outputs: ({ path: written }: z.infer<typeof Done>) => [written],
    folders: [],
  })
}

describe('a stage outside the loop', () => {
  it('runs once: the same request again is answered from the record, with its steps', async () => {
    const first = await stage({ temperature: 0.5 })
    const second = await stage({ temperature: 0.5 })
    expect(runs).toBe(1)
    expect(first.skipped).toBe(false)
    expect(second).toMatchObject({ result: first.result, steps: [{ step: 0 }, { step: 1 }], skipped: true })
  })

  it('runs again for another request, after a failure, and when its files or its record were damaged', async () => {
    await stage({ temperature: 0.5 })
    await stage({ temperature: 0.7 })
    expect(runs).toBe(2)
    await expect(stage({ temperature: 0.9 }, true)).rejects.toThrow('killed')
    expect((await stage({ temperature: 0.9 })).skipped).toBe(false)
    expect(runs).toBe(4)
    writeFileSync(join(dir, 'answers.jsonl'), 'other bytes')
    expect((await stage({ temperature: 0.9 })).skipped).toBe(false)
    writeFileSync(join(dir, 'record.json'), '{"identity": "ha')
    expect((await stage({ temperature: 0.9 })).skipped).toBe(false)
    expect(runs).toBe(6)
  })
})
