import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AppError } from '../../../src/contract/errors.ts'
import { openStore } from '../../../src/main/store/store.ts'
import { attempt, createSetup, filesOf, recordOf, temporaryFolder } from './project-fixture.ts'

const scores = [0.5, 0.6, 0.7]

async function uninterrupted() {
  const home = temporaryFolder()
  const names: string[] = []
  const { outcome } = await attempt(home, createSetup(home, 2), { scores, point: (name) => names.push(name) })
  return {
    names,
    best: outcome?.best.modelSha256,
    files: filesOf(join(home, 'project')),
    record: recordOf(home, 1),
  }
}

/** What the engine is asked for when a stage is called; generate is two requests. */
const requestOf = (iteration: number, name: string): string =>
  name === 'reformat' ? name : `${name} ${iteration === -1 ? 'base' : `iter-${iteration}`}`

function doneStages(home: string): string[] {
  const store = openStore({ path: join(home, 'app.sqlite') })
  const done = store
    .stages(1)
    .filter((stage) => stage.state === 'done')
    .map((stage) => requestOf(stage.iteration, stage.name))
  store.close()
  return done
}

for (const how of ['engine crash', 'stop'] as const) {
  test(`after ${how === 'stop' ? 'a stop' : 'an engine crash'} at any point of the loop the same command finishes it with the same bytes and record`, async () => {
    const reference = await uninterrupted()
    for (const k of reference.names.keys()) {
      const home = temporaryFolder()
      const setup = createSetup(home, 2)
      const stop = new AbortController()
      let n = 0
      const first = await attempt(
        home,
        setup,
        {
          scores,
          point: () => {
            if (n++ !== k) return
            if (how === 'stop') stop.abort()
            else throw new AppError('ENGINE_CRASHED', 'The engine stopped unexpectedly')
          },
        },
        stop.signal,
      )
      const where = `at point ${k}, ${reference.names[k]}`
      expect({ where, code: first.error?.code, state: recordOf(home, 1).run.state }).toEqual({
        where,
        code: how === 'stop' ? 'CANCELLED' : 'ENGINE_CRASHED',
        state: how === 'stop' ? 'paused' : 'failed',
      })
      const done = doneStages(home)
      const second = await attempt(home, setup, { scores })
      expect({
        where,
        error: second.error,
        askedAgain: second.engine.asked.filter((asked) => done.some((stage) => asked.startsWith(stage))),
        best: second.outcome?.best.modelSha256,
        files: filesOf(join(home, 'project')),
        record: recordOf(home, 1),
      }).toEqual({
        where,
        error: null,
        askedAgain: [],
        best: reference.best,
        files: reference.files,
        record: reference.record,
      })
    }
  }, 120_000) // some forty loops and their resumes
}

test('after kill -9 the same command takes the dead process’s lock over and finishes with the same bytes and record', async () => {
  const reference = await uninterrupted()
  const last = reference.names.length - 1
  for (const k of [0, 3, Math.floor(last / 2), reference.names.indexOf('finetune step') + 3, last]) {
    const home = temporaryFolder()
    const setup = createSetup(home, 2)
    const killed = spawnSync(process.execPath, [
      join(import.meta.dirname, 'killed-loop.ts'),
      home,
      JSON.stringify(setup),
      JSON.stringify(scores),
      String(k),
    ])
    expect({ signal: killed.signal, stderr: killed.stderr.toString() }).toEqual({
      signal: 'SIGKILL',
      stderr: '',
    })
    const second = await attempt(home, setup, { scores })
    expect(second.error).toBeNull()
    expect(filesOf(join(home, 'project'))).toEqual(reference.files)
    expect(recordOf(home, 1)).toEqual(reference.record)
  }
}, 60_000)
