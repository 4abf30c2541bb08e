import { useDebouncedCallback, useDebouncedValue } from '@mantine/hooks'
import { useRef, useState } from 'react'
import type { FittedPreset, PlanCheck, PlanChoice, PlanPatch } from '../../contract/app.ts'
import type { IterationPlan } from '../../contract/loop.ts'
import type { TrainingMethod } from '../../contract/presets.ts'
import { planStrings as words } from '../strings/plan.ts'
import { useAction, useCall, useMain } from '../use-main.ts'
import { foundAt, withValue, withValueInAll, type PlanDocument } from './plan-document.ts'

export interface PlanEditor {
  document: PlanDocument
  /** What the forecast is made of: the document once typing has rested. */
  rested: PlanDocument
  check: PlanCheck | null
  /** Why it could not be checked or kept. */
  problem: string | null
  readOnly: boolean
  set(path: string, value: unknown): void
  setInAll(rest: string, value: unknown): void
  setMany(values: PlanPatch): void
  replace(document: PlanDocument): void
  /** As typed, and what is wrong with it. */
  iterations: { value: number | null; problem: string | null }
  setIterations(count: number | null): void
  setMethod(method: TrainingMethod): void
  usePreset(preset: FittedPreset): void
  /** The first problem at this path; `*` = any iteration. */
  problemAt(path: string): string | null
  isWarned(path: string): boolean
  start(): void
  starting: boolean
  startProblem: string | null
}

const checkAfterMs = 150
const forecastAfterMs = 400
const saveAfterMs = 600
const mostIterations = 32

/** The plan of a project while it is edited: checked and kept as it changes. */
export function usePlanEditor({
  projectId,
  initial,
  readOnly,
  onStarted,
}: {
  projectId: string
  initial: PlanChoice
  readOnly: boolean
  onStarted: () => void
}): PlanEditor {
  const client = useMain()
  const [document, setDocument] = useState<PlanDocument>(initial)
  /** What two changes within one rendering both build on. */
  const latest = useRef<PlanDocument>(initial)
  const [toCheck] = useDebouncedValue(document, checkAfterMs)
  const [rested] = useDebouncedValue(document, forecastAfterMs)
  const checked = useCall('checkPlan', { projectId, ...toCheck })
  const starting = useAction()
  const fitting = useAction()
  /** A number of iterations that cannot be, until another is typed or chosen. */
  const [typedCount, setTypedCount] = useState<{ typed: number | null; at: number } | null>(null)
  const [spare, setSpare] = useState<readonly IterationPlan[]>([])
  const [saveProblem, setSaveProblem] = useState<string | null>(null)
  const keep = useDebouncedCallback(
    (next: PlanDocument) => {
      client.call('savePlan', { projectId, ...next }).then(
        () => setSaveProblem(null),
        (error: unknown) => setSaveProblem(error instanceof Error ? error.message : String(error)),
      )
    },
    { delay: saveAfterMs, flushOnUnmount: true },
  )
  const { value: check } = checked
  const problems = check?.problems ?? []

  function edit(change: (before: PlanDocument) => PlanDocument): void {
    latest.current = change(latest.current)
    setDocument(latest.current)
    keep(latest.current)
  }

  /** The preset as it would be with another number of iterations or another method. */
  const fitted = (iterations: number, method: TrainingMethod): Promise<PlanChoice> => {
    const { preset } = latest.current.plan
    return client.call('planFor', {
      projectId,
      preset: preset === 'custom' ? 'workstation' : preset,
      iterations,
      method,
    })
  }

  const wrongCount = typedCount?.at === document.plan.iterations.length ? typedCount : null
  return {
    document,
    rested,
    check,
    problem: checked.problem ?? fitting.problem ?? (problems.length === 0 ? saveProblem : null),
    readOnly,
    set: (path, value) => edit((before) => withValue(before, path, value)),
    setInAll: (rest, value) => edit((before) => withValueInAll(before, rest, value)),
    iterations: wrongCount
      ? { value: wrongCount.typed, problem: words.iterationsRange(mostIterations) }
      : { value: document.plan.iterations.length, problem: null },
    setMany: (values) =>
      edit((before) => values.reduce((next, { path, value }) => withValue(next, path, value), before)),
    replace: (next) => edit(() => next),
    setIterations(count) {
      const { iterations, preset } = latest.current.plan
      const isCount = count !== null && Number.isInteger(count) && count >= 1 && count <= mostIterations
      setTypedCount(isCount ? null : { typed: count, at: iterations.length })
      if (!isCount) return
      // What was planned for iterations that are taken away comes back with them.
      const known = [...iterations, ...spare.slice(iterations.length)]
      setSpare(known)
      const resize = (all: readonly IterationPlan[]): void =>
        edit(({ plan, ...rest }) => ({
          ...rest,
          plan: { ...plan, iterations: resized(plan.iterations, all, count) },
        }))
      if (count <= known.length || preset !== 'official') return resize(known)
      fitting.run(async () => {
        const { plan } = await fitted(count, methodOf(latest.current))
        resize([...known, ...plan.iterations.slice(known.length)])
      })
    },
    setMethod(method) {
      fitting.run(async () => {
        const { plan: fit } = await fitted(latest.current.plan.iterations.length, method)
        edit(({ plan, ...rest }) => {
          const iterations = plan.iterations.map((iteration, i) => {
            const { training } = iteration
            const { adapter, optimizer } = (fit.iterations[i] ?? fit.iterations.at(-1)!).training
            return {
              ...iteration,
              training: { ...training, adapter, optimizer: { ...training.optimizer, lr: optimizer.lr } },
            }
          })
          return { ...rest, plan: { ...plan, iterations } }
        })
      })
    },
    usePreset: (preset) =>
      fitting.run(async () => {
        const choice = await client.call('planFor', { projectId, preset })
        edit(() => choice)
      }),
    problemAt: (path) => foundAt(problems, path)?.message ?? null,
    isWarned: (path) => foundAt(check?.warnings ?? [], path) !== undefined,
    start: () =>
      starting.run(async () => {
        keep.cancel()
        await client.call('startRun', { projectId, ...latest.current })
        onStarted()
      }),
    starting: starting.busy,
    startProblem: starting.problem,
  }
}

/** `count` iterations: rate, β and epochs of `known` where it has them, else of the last; everything else as it is now. */
function resized(
  iterations: readonly IterationPlan[],
  known: readonly IterationPlan[],
  count: number,
): IterationPlan[] {
  return Array.from({ length: count }, (_, i) => {
    const now = iterations[i]
    if (now) return now
    const last = iterations.at(-1)!
    const { training } = known[i] ?? last
    return {
      ...last,
      training: {
        ...last.training,
        beta: training.beta,
        schedule: training.schedule,
        optimizer: { ...last.training.optimizer, lr: training.optimizer.lr },
      },
    }
  })
}

export function methodOf({ plan }: PlanDocument): TrainingMethod {
  const adapter = plan.iterations[0]?.training.adapter
  return adapter ? ({ f32: 'lora', int8: 'qlora8', int4: 'qlora4' } as const)[adapter.baseWeights] : 'full'
}
