import type { HomeView, ProjectView } from '../../contract/app.ts'
import type { wizardSteps } from '../page.ts'
import { windowStrings as words } from '../strings/window.ts'
import { modelFolderName } from './last-name.ts'
import { whole } from './numbers.ts'
import { stateOf } from './state-of.ts'

export interface StepState {
  /** Its number is then a check. */
  done: boolean
  /** It opens all the same, and says what is missing. */
  reachable: boolean
  /** The one fact that matters. */
  fact: string
}

export function stepState(
  { draft, run }: ProjectView,
  home: HomeView | null,
  step: (typeof wizardSteps)[number],
): StepState {
  const hasData = draft.data !== null || run !== null
  switch (step) {
    case 'model':
      return { done: draft.modelDir !== null, reachable: true, fact: modelFolderName(draft.modelDir ?? '') }
    case 'dataset':
      return {
        done: hasData,
        reachable: draft.modelDir !== null,
        fact: draft.data ? words.facts.rows(whole(draft.data.trainRows)) : '',
      }
    case 'plan':
      return {
        done: run !== null,
        reachable: hasData,
        fact: draft.plan ? words.facts.iterations(draft.plan.iterations.length) : '',
      }
    case 'run':
      return {
        done: run?.state === 'finished',
        reachable: run !== null,
        fact: run ? runFact(run, home) : '',
      }
    case 'results':
      return {
        done: run?.state === 'finished',
        reachable: (run?.scores.length ?? 0) > 0,
        fact: run?.best !== null && run?.best !== undefined ? words.facts.best(run.best) : '',
      }
  }
}

/** How far the stage is that runs, or why none does. */
function runFact(run: NonNullable<ProjectView['run']>, home: HomeView | null): string {
  const { kind, words: state } = stateOf(run)
  if (kind === 'done' || kind === 'ready') return words.facts.run(run.id)
  if (kind !== 'running') return state
  const share = home?.liveRun === run.id ? home.estimate?.stageShare : null
  return share === null || share === undefined ? state : words.job.percent(share)
}
