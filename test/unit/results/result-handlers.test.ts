import { cpSync, existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createApp } from '../../../src/main/app.ts'
import { createServices } from '../../../src/main/services.ts'
import { createResultHandlers } from '../../../src/main/results/result-handlers.ts'
import { recordRun } from './result-fixture.ts'

const starterModel = fileURLToPath(new URL('../../../resources/starter/model/', import.meta.url))
const never = new AbortController().signal

/** A recorded run whose iteration 0 is a real model, and the handlers on it. */
function withRealModel() {
  const recorded = recordRun({ [-1]: () => 1, 0: () => 3 }, { best: 0 })
  const modelDir = join(recorded.dir, 'iter-0', 'model')
  rmSync(modelDir, { recursive: true })
  cpSync(starterModel, modelDir, { recursive: true })
  const app = createApp({ dataDir: recorded.home })
  onTestFinished(() => app.dispose())
  const services = createServices(app, recorded.home)
  return { ...recorded, modelDir, services, handlers: createResultHandlers(services) }
}

test('continuing makes a project that starts from the chosen model, with as many iterations as asked', async () => {
  const { runId, modelDir, services, handlers, projectId } = withRealModel()
  const made = await handlers.calls.continueFrom({ runId, iteration: 0, iterations: 3 }, never)
  expect(made.projectId).not.toBe(projectId)
  const draft = services.projects.draft(made.projectId)
  expect(draft).toMatchObject({ modelDir, model: { family: 'llama' }, plan: { preset: 'custom' } })
  expect(draft.plan?.iterations).toHaveLength(3)
  expect(draft.dataset?.sources).toEqual(services.projects.draft(projectId).dataset?.sources)
  expect(services.app.store.runOf(made.projectId)).toBeUndefined()
})

test('a model that cannot be read is not continued from, and no project is left behind', async () => {
  const { runId, modelDir, services, handlers } = withRealModel()
  rmSync(join(modelDir, 'config.json'))
  const before = services.app.store.projectPage(100).length
  await expect(
    Promise.resolve(handlers.calls.continueFrom({ runId, iteration: 0, iterations: 1 }, never)),
  ).rejects.toThrow('config.json')
  expect(services.app.store.projectPage(100)).toHaveLength(before)
})

test('a model is exported as GGUF by the second engine, beside the run', async () => {
  const { modelDir, dir, handlers } = withRealModel()
  const outPath = join(dir, 'exports', 'iteration-0-q8_0.gguf')
  const kinds: string[] = []
  for await (const event of handlers.streams.exportModel(
    { modelDir, outPath, format: 'gguf-f16', dtype: null },
    never,
  ))
    kinds.push(event.kind)
  expect(kinds.at(-1)).toBe('done')
  expect(existsSync(outPath)).toBe(true)
  expect(statSync(outPath).size).toBeGreaterThan(1e6)
})

test('an export to half a path or below a file is refused with what to do', async () => {
  const { modelDir, home, handlers } = withRealModel()
  const exportTo = async (outPath: string): Promise<void> => {
    const asked = { modelDir, outPath, format: 'gguf-f16' as const, dtype: null }
    for await (const event of handlers.streams.exportModel(asked, never)) void event
  }
  await expect(exportTo('model.gguf')).rejects.toThrow('Expected a whole path')
  await expect(exportTo(join(home, 'app.sqlite', 'model.gguf'))).rejects.toThrow('could not be made')
  for (const inside of [modelDir, join(modelDir, 'model.gguf')])
    await expect(exportTo(inside)).rejects.toThrow('outside of the model')
  expect(existsSync(join(modelDir, 'model.safetensors'))).toBe(true)
})
