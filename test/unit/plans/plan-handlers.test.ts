import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PlanChoice } from '../../../src/contract/app.ts'
import { LoopSetup } from '../../../src/contract/project.ts'
import { quickLook } from '../../../src/contract/presets.ts'
import { prepareProject, signal, starterDir, type PreparedProject } from './plan-fixture.ts'

let at: PreparedProject
let workstation: PlanChoice
const trainRows = 400

beforeAll(async () => {
  at = await prepareProject(trainRows)
  workstation = await planFor('workstation')
})
afterAll(() => at.dispose())

const planFor = (
  preset: 'quick' | 'workstation' | 'official',
  options: { iterations?: number; method?: 'full' | 'lora' | 'qlora8' | 'qlora4' } = {},
): Promise<PlanChoice> =>
  Promise.resolve(
    at.handlers.calls.planFor(
      {
        projectId: at.projectId,
        preset,
        iterations: options.iterations ?? null,
        method: options.method ?? null,
      },
      signal,
    ),
  )
const check = (choice: { plan: unknown; rowLimit: unknown }) =>
  at.handlers.calls.checkPlan(
    { projectId: at.projectId, plan: choice.plan, rowLimit: choice.rowLimit },
    signal,
  )

/** The choice with one value changed in every iteration. */
function changed(
  choice: PlanChoice,
  change: (iteration: PlanChoice['plan']['iterations'][number], i: number) => void,
) {
  const copy = structuredClone(choice)
  copy.plan.iterations.forEach(change)
  return copy
}

describe('a fitted plan', () => {
  test('has answers and rows as long as 95 % of the data, in steps of 16 tokens, within the context', async () => {
    const { facts } = await check(workstation)
    const { generation, training } = workstation.plan.iterations[0]!
    expect(generation.maxNewTokens).toBe(Math.ceil(facts.answerTokens / 16) * 16)
    expect(training.maxLength % 16).toBe(0)
    expect(training.maxLength).toBeGreaterThanOrEqual(facts.rowTokens)
    expect(training.maxLength).toBeLessThanOrEqual(facts.context)
    expect(workstation.plan.evaluation.maxNewTokens).toBe(generation.maxNewTokens)
  })

  test('compares sampled answers where rows name a checker', () => {
    expect(workstation.plan.stopRule.score).toBe('sampled')
  })

  test('"quick" is one iteration on a sample of the rows, few prompts', async () => {
    const { plan, rowLimit } = await planFor('quick')
    expect(rowLimit).toBe(quickLook.rows)
    expect(plan.iterations).toHaveLength(1)
    expect(plan.evaluation).toMatchObject({ limit: quickLook.heldOutRows, samplesPerPrompt: 1 })
    const { iterations } = await check({ plan, rowLimit })
    expect(iterations).toEqual([{ pairs: quickLook.rows, steps: 20 }])
  })

  test('"official" keeps the published rates and ends where the model’s context does', async () => {
    const { plan } = await planFor('official')
    expect(plan.iterations.map(({ training }) => [training.optimizer.lr, training.beta])).toEqual([
      [5e-7, 0.1],
      [5e-7, 0.1],
      [1e-7, 0.1],
      [1e-7, 5],
    ])
    expect(plan.iterations[0]!.training).toMatchObject({ maxLength: 256, maxPromptLength: 128 }) // context 256
    expect((await check({ plan, rowLimit: 0 })).differences).toEqual([])
  })

  test.each(['quick', 'workstation', 'official'] as const)('%s as fitted has no problem', async (preset) => {
    const { problems, differences } = await check(await planFor(preset))
    expect(problems).toEqual([])
    expect(differences).toEqual([])
  })

  test('an adapter learns at its own rate', async () => {
    const { plan } = await planFor('workstation', { method: 'lora' })
    const { training } = plan.iterations[0]!
    expect(training.adapter).toMatchObject({ rank: 16, baseWeights: 'f32' })
    expect(training.optimizer.lr).toBeCloseTo(3 * workstation.plan.iterations[0]!.training.optimizer.lr, 10)
  })
})

describe('checking', () => {
  test('names every impossible value by its path, in a person’s words', async () => {
    const choice = changed(workstation, ({ training }) => {
      training.batchSize = 0
      training.optimizer.lr = '' as unknown as number
      training.maxLength = 999
    })
    const { problems } = await check({ ...choice, rowLimit: 1.5 })
    const messages = Object.fromEntries(problems.map(({ path, message }) => [path, message]))
    expect(messages).toMatchObject({
      'plan.iterations.0.training.batchSize': 'At least 1',
      'plan.iterations.1.training.optimizer.lr': 'A number',
      rowLimit: 'A whole number',
    })
  })

  test('names what contradicts model, data or another value', async () => {
    const choice = changed(workstation, ({ training }) => {
      training.maxLength = 999
      training.schedule.stopEpoch = 3
    })
    choice.plan.evaluation.samplesPerPrompt = 0
    const { problems, warnings } = await check({ ...choice, rowLimit: trainRows + 1 })
    expect(problems.map(({ path }) => path)).toEqual([
      'plan.iterations.0.training.schedule.stopEpoch',
      'plan.iterations.0.training.maxLength',
      'plan.iterations.1.training.schedule.stopEpoch',
      'plan.iterations.1.training.maxLength',
      'rowLimit',
      'plan.evaluation.samplesPerPrompt',
    ])
    expect(problems[1]?.message).toContain('256')
    expect(warnings).toEqual([]) // nothing but what sources say
  })

  test('what a person changed is listed, once where all iterations have it', async () => {
    const choice = changed(workstation, ({ generation, training }, i) => {
      generation.maxNewTokens = 48
      if (i === 1) training.beta = 0.2
    })
    expect((await check(choice)).differences).toEqual([
      { path: 'plan.iterations.*.generation.maxNewTokens', value: 48, preset: 32 },
      { path: 'plan.iterations.1.training.beta', value: 0.2, preset: 0.3 },
    ])
  })

  test('what goes with another value is no change of its own', async () => {
    const choice = changed(workstation, ({ generation, training }) => {
      generation.maxNewTokens = 48
      training.maxLength = 96
      training.maxPromptLength = 48
      training.schedule.stopEpoch = training.schedule.scheduleEpochs = 3
    })
    choice.plan.evaluation.maxNewTokens = 48
    expect((await check(choice)).differences.map(({ path }) => path)).toEqual([
      'plan.iterations.*.generation.maxNewTokens',
      'plan.iterations.*.training.schedule.stopEpoch',
      'plan.iterations.*.training.maxLength',
    ])
  })

  test('iterations and method count as one change each', async () => {
    const choice = await planFor('workstation', { iterations: 3, method: 'lora' })
    expect((await check(choice)).differences).toEqual([
      { path: 'plan.iterations.length', value: 3, preset: 2 },
      { path: 'method', value: 'lora', preset: 'full' },
    ])
  })

  test.each<[string, (choice: PlanChoice) => void, string]>([
    [
      'a high β',
      ({ plan }) => void (plan.iterations[1]!.training.beta = 5),
      'plan.iterations.1.training.beta',
    ],
    [
      'a cold opponent of a tiny model',
      ({ plan }) => void (plan.iterations[0]!.generation.temperature = 0.5),
      'plan.iterations.0.generation.temperature',
    ],
    [
      'no anchor',
      ({ plan }) => void (plan.iterations[0]!.training.nllWeight = 0),
      'plan.iterations.0.training.nllWeight',
    ],
    [
      'short answers',
      ({ plan }) => void plan.iterations.forEach(({ generation }) => (generation.maxNewTokens = 4)),
      'plan.iterations.0.generation.maxNewTokens',
    ],
    [
      'short rows',
      ({ plan }) =>
        void plan.iterations.forEach(({ training }) => {
          training.maxLength = 32
          training.maxPromptLength = 16
        }),
      'plan.iterations.0.training.maxLength',
    ],
  ])('%s is warned of, and its fix ends the warning', async (_, change, path) => {
    const choice = structuredClone(workstation)
    change(choice)
    const { warnings } = await check(choice)
    expect(warnings.map((warning) => warning.path)).toEqual([path])
    for (const { path: at, value } of warnings[0]!.fix!.patch) {
      const keys = at.split('.')
      const last = keys.pop()!
      const owner = keys.reduce<Record<string, unknown>>(
        (inner, key) => inner[key] as Record<string, unknown>,
        choice as unknown as Record<string, unknown>,
      )
      owner[last] = value
    }
    expect(await check(choice)).toMatchObject({ warnings: [], problems: [] })
  })

  test('plain SFT is planned for as many steps as all iterations together', async () => {
    const choice = structuredClone(workstation)
    choice.plan.compareSft = true
    const { iterations, sft } = await check(choice)
    expect(iterations.map(({ pairs }) => pairs)).toEqual([trainRows, 2 * trainRows])
    expect(sft?.steps).toBe(iterations[0]!.steps + iterations[1]!.steps)
  })
})

describe('keeping and starting', () => {
  test('a plan is kept in the draft, one that cannot be is not', async () => {
    const choice = { ...workstation, rowLimit: 100 }
    await at.handlers.calls.savePlan({ projectId: at.projectId, ...choice }, signal)
    const stored = JSON.parse(at.app.store.draft(at.projectId)!) as PlanChoice
    expect(stored.rowLimit).toBe(100)
    expect(stored.plan).toEqual(workstation.plan)
    const bad = changed(workstation, ({ training }) => void (training.batchSize = 0))
    await expect(
      at.handlers.calls.savePlan({ projectId: at.projectId, plan: bad.plan, rowLimit: 0 }, signal),
    ).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  test('presets are kept by name, replaced and deleted', async () => {
    const { calls } = at.handlers
    await calls.savePlanPreset({ name: 'Mine', plan: workstation.plan }, signal)
    await calls.savePlanPreset({ name: 'Mine', plan: { ...workstation.plan, fracLen: 7 } }, signal)
    const { presets } = await calls.planPresets({}, signal)
    expect(presets.map(({ name, plan }) => [name, plan.fracLen])).toEqual([['Mine', 7]])
    await calls.deletePlanPreset({ name: 'Mine' }, signal)
    expect(await calls.planPresets({}, signal)).toEqual({ presets: [] })
  })

  test('without a dataset there is no plan, and it is said what to do', async () => {
    const { projectId } = await at.handlers.calls.createProject({ name: 'Empty' }, signal)
    await expect(
      at.handlers.calls.planFor({ projectId, preset: 'workstation', iterations: null, method: null }, signal),
    ).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('Model step') })
  })

  test('rows that are gone are named before anything starts', async () => {
    const draft = JSON.parse(at.app.store.draft(at.projectId)!) as { data: { testPath: string } }
    const path = draft.data.testPath.replace('project:', at.app.store.project(at.projectId)!.dir)
    renameSync(path, `${path}.away`)
    try {
      await expect(
        at.handlers.calls.startRun({ projectId: at.projectId, ...workstation }, signal),
      ).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    } finally {
      renameSync(`${path}.away`, path)
    }
    expect(at.app.store.runOf(at.projectId)).toBeUndefined()
  })

  test('a start makes a run of this very plan; a second is refused, and the plan then stays', async () => {
    const choice = await planFor('quick')
    const { calls } = at.handlers
    await calls.startRun({ projectId: at.projectId, ...choice }, signal)
    await expect(calls.startRun({ projectId: at.projectId, ...choice }, signal)).rejects.toMatchObject({
      code: 'BUSY',
    })
    await expect.poll(() => at.app.store.runOf(at.projectId)?.id, { timeout: 20_000 }).toBeTypeOf('number')
    const run = at.app.store.runOf(at.projectId)!
    const setup = LoopSetup.parse(JSON.parse(run.setup))
    expect(setup.plan).toEqual(choice.plan)
    expect(setup.modelDir).toBe(join(starterDir, 'model'))
    expect(setup.data).toMatchObject({ kind: 'import', limit: quickLook.rows, seed: 42 })
    await calls.stopRun({ runId: run.id }, signal)
    await expect(calls.savePlan({ projectId: at.projectId, ...workstation }, signal)).rejects.toMatchObject({
      code: 'BUSY',
      message: expect.stringContaining('Duplicate'),
    })
  })
})
