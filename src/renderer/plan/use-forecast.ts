import { useState } from 'react'
import type { ForecastEvent, PlanForecast } from '../../contract/app.ts'
import { useStream } from '../use-main.ts'
import type { PlanEditor } from './use-plan-editor.ts'

export interface ShownForecast {
  /** The last that was finished; null = none yet. */
  forecast: PlanForecast | null
  /** Whether it is of a plan that has changed since. */
  stale: boolean
  waiting: boolean
  problem: string | null
}

const newest = (_before: ForecastEvent | null, event: ForecastEvent): ForecastEvent => event

/** The forecast of the plan as it stands; while another is measured the last one stays. */
export function useForecast(projectId: string, { document, rested, check }: PlanEditor): ShownForecast {
  const { value, problem } = useStream('forecast', { projectId, ...rested }, newest)
  const [last, setLast] = useState<PlanForecast | null>(null)
  const current = value?.kind === 'done' ? value.forecast : null
  if (current && current !== last) setLast(current)
  const isInvalid = (check?.problems.length ?? 0) > 0
  return {
    forecast: current ?? last,
    stale: current === null || document !== rested || problem !== null,
    waiting: value?.kind === 'measuring' && value.waiting,
    // What is wrong with a value is said beside its control.
    problem: isInvalid ? null : problem,
  }
}
