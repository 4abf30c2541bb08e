import type { LiveProgress, StageSummary } from '../../contract/app/runs.ts'
import type { StageName } from '../../contract/loop.ts'
import { baseIteration } from '../../contract/project.ts'

/** Shares of an iteration before anything was measured: generating and training are nearly all of it. */
const assumed: Record<StageName, number> = {
  reformat: 0.02,
  generate: 1,
  gather: 0.02,
  finetune: 1,
  evaluate: 0.3,
}
const iterationStages = ['generate', 'gather', 'finetune', 'evaluate'] as const

/**
 * How much of a whole run is done, 0–1, by time: a stage weighs what the same stage took before in this run, and what is
 * assumed of it until then.
 */
export function runFraction({
  stages,
  plannedIterations,
  progress,
}: {
  stages: readonly Pick<StageSummary, 'iteration' | 'name' | 'state' | 'seconds'>[]
  plannedIterations: number
  progress: LiveProgress | null
}): number {
  const done = stages.filter(({ state }) => state === 'done')
  const measured = new Map<StageName, number[]>()
  for (const { name, seconds, iteration } of done)
    // The base's evaluation has no opponent to score and is shorter; it stands in until another is there.
    measured.set(
      name,
      iteration === baseIteration
        ? (measured.get(name) ?? [seconds])
        : [...(measured.get(name) ?? []), seconds],
    )
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const known = [...measured].map(([name, seconds]) => ({ name, seconds: mean(seconds) }))
  const knownShare = known.reduce((sum, { name }) => sum + assumed[name], 0)
  const knownSeconds = known.reduce((sum, { seconds }) => sum + seconds, 0)
  const secondsPerShare = knownShare > 0 && knownSeconds > 0 ? knownSeconds / knownShare : 1
  const weightOf = (name: StageName): number => {
    const seconds = measured.get(name)
    return seconds ? mean(seconds) : assumed[name] * secondsPerShare
  }

  const planned: { iteration: number; name: StageName }[] = [
    { iteration: baseIteration, name: 'reformat' },
    { iteration: baseIteration, name: 'evaluate' },
  ]
  for (let iteration = 0; iteration < plannedIterations; iteration++)
    for (const name of iterationStages) planned.push({ iteration, name })

  let total = 0
  let finished = 0
  for (const { iteration, name } of planned) {
    const weight = weightOf(name)
    total += weight
    if (done.some((stage) => stage.iteration === iteration && stage.name === name)) finished += weight
    else if (progress?.iteration === iteration && progress.stage === name && progress.total > 0)
      finished += weight * Math.min(1, progress.done / progress.total)
  }
  return total > 0 ? Math.min(1, finished / total) : 0
}
