import { useDebouncedCallback, useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
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

  function replace(next: PlanDocument): void {
    setDocument(next)
    keep(next)
  }

  const wrongCount = typedCount?.at === document.plan.iterations.length ? typedCount : null
  return {
    document,
    rested,
    check,
    problem: checked.problem ?? fitting.problem ?? (problems.length === 0 ? saveProblem : null),
    readOnly,
    set: (path, value) => replace(withValue(document, path, value)),
    setInAll: (rest, value) => replace(withValueInAll(document, rest, value)),
    iterations: wrongCount
      ? { value: wrongCount.typed, problem: words.iterationsRange(mostIterations) }
      : { value: document.plan.iterations.length, problem: null },
    setMany: (values) =>
      replace(values.reduce((next, { path, value }) => withValue(next, path, value), document)),
    replace,
    setIterations(count) {
      const { plan } = document
      const { iterations } = plan
      const isCount = count !== null && Number.isInteger(count) && count >= 1 && count <= mostIterations
      setTypedCount(isCount ? null : { typed: count, at: iterations.length })
      if (!isCount) return
      // What was planned for iterations that are taken away comes back with them.
      const known = [...iterations, ...spare.slice(iterations.length)]
      setSpare(known)
      if (count <= known.length)
        return replace({ ...document, plan: { ...plan, iterations: resized(iterations, known, count) } })
      fitting.run(async () => {
        const fitted = await client.call('planFor', {
          projectId,
          preset: plan.preset === 'custom' ? 'workstation' : plan.preset,
          iterations: count,
          method: methodOf(document),
        })
        const all =
          plan.preset === 'official' ? [...known, ...fitted.plan.iterations.slice(known.length)] : known
        replace({ ...document, plan: { ...plan, iterations: resized(iterations, all, count) } })
      })
    },
    setMethod(method) {
      const { plan } = document
      fitting.run(async () => {
        const fitted = await client.call('planFor', {
          projectId,
          preset: plan.preset === 'custom' ? 'workstation' : plan.preset,
          iterations: plan.iterations.length,
          method,
        })
        const iterations = plan.iterations.map((iteration, i) => {
          const { adapter, optimizer } = fitted.plan.iterations[i]!.training
          const { training } = iteration
          return {
            ...iteration,
            training: { ...training, adapter, optimizer: { ...training.optimizer, lr: optimizer.lr } },
          }
        })
        replace({ ...document, plan: { ...plan, iterations } })
      })
    },
    usePreset: (preset) =>
      fitting.run(async () => replace(await client.call('planFor', { projectId, preset }))),
    problemAt: (path) => foundAt(problems, path)?.message ?? null,
    isWarned: (path) => foundAt(check?.warnings ?? [], path) !== undefined,
    start: () =>
      starting.run(async () => {
        keep.cancel()
        await client.call('startRun', { projectId, ...document })
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
