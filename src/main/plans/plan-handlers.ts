import { freemem } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import type { PlanChoice, PlanForecast, plansContract, ForecastEvent } from '../../contract/app/plans.ts'
import { mostPlanPresets } from '../../contract/app/preferences.ts'
import type { ProjectDraft, RunForecast } from '../../contract/app/projects.ts'
import type { DeviceChoice } from '../../contract/devices.ts'
import { AppError } from '../../contract/errors.ts'
import { LoopPlan } from '../../contract/loop.ts'
import type { Handlers } from '../../ipc/server.ts'
import type { Services } from '../services.ts'
import { checkPlan } from './check-plan.ts'
import { fitPlan } from './fit-plan.ts'
import { loopForecast, type MeasuredPlan } from './loop-forecast.ts'
import { measuredBefore, measurePlan } from './measure-plan.ts'
import { createPlanBasisReader, type PlanBasis } from './plan-basis.ts'
import { parseChoice } from './plan-problems.ts'
import { createProbeCache } from './probe-cache.ts'
import { expectDiskFor, freeDiskBytes, setupOf } from './start-run.ts'

interface Edited {
  projectId: string
  plan?: unknown
  rowLimit?: unknown
}

/** What the Run page tells the time left from until stages are measured. */
function stagesOf({ base, iterations, sft }: PlanForecast): RunForecast {
  return {
    base: base.evaluate ?? 0,
    iterations: iterations.map(({ generate, train, evaluate }) => ({
      generate: generate ?? 0,
      finetune: train ?? 0,
      evaluate: evaluate ?? 0,
    })),
    sft: sft && { finetune: sft.train ?? 0, evaluate: sft.evaluate ?? 0 },
  }
}

export function createPlanHandlers({
  app,
  board,
  projects,
  preferences,
}: Pick<Services, 'app' | 'board' | 'projects' | 'preferences'>): Handlers<typeof plansContract> {
  const bases = createPlanBasisReader({ inspector: app.inspector, projects })
  // Beside a run everything is slower: such figures are kept apart and measured again later.
  const caches = { idle: createProbeCache(), duringRun: createProbeCache() }
  const cacheNow = () => (board.live() ? caches.duringRun : caches.idle)

  /** The choice, or BAD_INPUT with its first problem. */
  function expectChoice(edited: Edited, basis: PlanBasis): PlanChoice {
    const { choice, problems } = parseChoice({ plan: edited.plan, rowLimit: edited.rowLimit }, basis)
    const [first] = problems
    if (choice && !first) return choice
    throw new AppError(
      'BAD_INPUT',
      `The plan has a value that cannot be: ${first?.path}: ${first?.message}.`,
      {
        path: first?.path ?? '',
      },
    )
  }

  function whole(
    projectId: string,
    choice: PlanChoice,
    basis: PlanBasis,
    measured: MeasuredPlan,
    device: DeviceChoice | null,
  ): PlanForecast {
    const machine = {
      memoryBytes: basis.memoryBytes,
      freeMemoryBytes: freemem(),
      freeDiskBytes: freeDiskBytes(projects.row(projectId).dir),
    }
    return loopForecast({ choice, basis, measured, machine, device, duringRun: board.live() !== null })
  }

  return {
    calls: {
      planFor: async ({ projectId, preset, iterations, method }, signal) =>
        fitPlan(await bases.of(projectId, signal), preset, { iterations, method }),
      checkPlan: async ({ projectId, plan, rowLimit }, signal) =>
        checkPlan({ plan, rowLimit }, await bases.of(projectId, signal)),
      savePlan: async (edited, signal) => {
        const choice = expectChoice(edited, await bases.of(edited.projectId, signal))
        projects.updateDraft(edited.projectId, (draft) => ({ ...draft, ...choice }))
        return {}
      },
      startRun: async (edited, signal) => {
        const { projectId } = edited
        const before = projects.draft(projectId)
        const basis = await bases.of(projectId, signal)
        const choice = expectChoice(edited, basis)
        if (board.live())
          throw new AppError(
            'BUSY',
            'A run is already going on. Wait for it or pause it, then start this one.',
          )
        const draft = projects.draft(projectId)
        const madeFrom = ({ modelDir, dataset, data }: ProjectDraft) => [modelDir, dataset, data]
        if (!isDeepStrictEqual(madeFrom(draft), madeFrom(before)))
          throw new AppError(
            'BUSY',
            'Model or dataset was changed while the plan was checked. Look at it, then start again.',
          )
        const setup = setupOf(draft, choice)
        const measured =
          measuredBefore(choice, basis, caches.idle) ?? measuredBefore(choice, basis, caches.duringRun)
        const { dir, name } = projects.row(projectId)
        const forecast = measured ? whole(projectId, choice, basis, measured, await app.device()) : null
        if (forecast) expectDiskFor(dir, forecast.disk.bytes)
        else expectDiskFor(dir, choice.plan.iterations.length * basis.model.bytes) // at least its models, until it is measured
        projects.updateDraft(projectId, (draft) => ({
          ...draft,
          ...choice,
          forecast: forecast && stagesOf(forecast),
        }))
        board.start({ projectDir: dir, name, setup: () => Promise.resolve(setup) })
        return {}
      },
      planPresets: () => ({ presets: preferences.get().planPresets }),
      savePlanPreset: ({ name, plan }) => {
        const parsed = LoopPlan.safeParse(plan)
        if (!parsed.success)
          throw new AppError(
            'BAD_INPUT',
            'The plan has values that cannot be. Correct them, then save it as a preset.',
          )
        const others = preferences.get().planPresets.filter((preset) => preset.name !== name)
        if (others.length >= mostPlanPresets)
          throw new AppError(
            'BAD_INPUT',
            `${mostPlanPresets} presets are saved, as many as there can be. Delete one, then save this plan.`,
          )
        preferences.set({ planPresets: [...others, { name, plan: parsed.data }] })
        return {}
      },
      deletePlanPreset: ({ name }) => {
        const { planPresets } = preferences.get()
        preferences.set({ planPresets: planPresets.filter((preset) => preset.name !== name) })
        return {}
      },
    },
    streams: {
      async *forecast(edited, signal): AsyncGenerator<ForecastEvent> {
        const basis = await bases.of(edited.projectId, signal)
        const choice = expectChoice(edited, basis)
        const cache = cacheNow()
        const measured = yield* measurePlan({ inspector: app.inspector, choice, basis, cache, signal })
        const forecast = whole(edited.projectId, choice, basis, measured, await app.device())
        yield { kind: 'done', forecast }
      },
    },
  }
}
