import type { z } from 'zod'
import { runLogWords } from '../../strings/run-log.ts'
import type {
  DeviceEvent,
  EngineContract,
  FractionDone,
  LogEvent,
  Progress,
  StepMetrics,
} from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { StageStream, StreamEvent } from '../loop/engine-access.ts'
import { fixed } from '../report/number-format.ts'
import type { CommandContext } from './command.ts'
import type { ProgressDisplay } from './progress-display.ts'

type Result<N extends StageStream> = Extract<StreamEvent<N>, { kind: 'done' }>

export interface FollowOptions {
  label?: string
  /** A line with the training metrics every so many steps; 0 = none. */
  metricsEverySteps?: number
}

/** Runs one stage of the engine, shows its events, returns its result. */
export async function followStage<N extends StageStream>(
  context: Pick<CommandContext, 'signal' | 'display' | 'engine'>,
  name: N,
  input: z.input<EngineContract['streams'][N]['input']>,
  options: FollowOptions = {},
): Promise<Result<N>> {
  const show = createEventView(context.display, options)
  let result: Result<N> | undefined
  for await (const event of context.engine().stream(name, input, { signal: context.signal })) {
    if (event.kind === 'done') result = event as Result<N>
    else show(options.label ?? '', event as StageEvent)
  }
  context.display.settle()
  if (result) return result
  throw new AppError('INTERNAL', `The engine ended "${name}" without a result.`)
}

export type StageEvent = Progress | LogEvent | DeviceEvent | FractionDone | StepMetrics

/**
 * Shows the events of stages on a display. Training steps become progress, their loss behind it; step k's numbers come
 * with update k + 1 made.
 */
export function createEventView(display: ProgressDisplay, { metricsEverySteps = 0 }: FollowOptions = {}) {
  let stepMs: number[] = []
  return (label: string, event: StageEvent): void => {
    if (event.kind === 'progress') display.progress(label, event)
    else if (event.kind === 'log')
      display.line(event.level === 'warning' ? `warning: ${event.message}` : event.message)
    else if (event.kind === 'device') {
      // The processor is what nobody is surprised by.
      if (event.id !== 'cpu') display.line(runLogWords.device[event.work](event.id))
    } else if (event.kind === 'step') {
      const { step, totalSteps, loss, tokensPerSecond } = event
      if (metricsEverySteps > 0 && (step % metricsEverySteps === 0 || step === totalSteps))
        display.line(stepText(event))
      // Measured by the trainer: after a resume the steps before it are told again at once, with the times they took.
      stepMs = step <= 1 ? [] : [...stepMs.slice(-19), event.stepMs]
      const rate = stepMs.length < 3 ? null : (1000 * stepMs.length) / stepMs.reduce((sum, ms) => sum + ms, 0)
      display.progress(
        label,
        { stage: 'Training', done: step + 1, total: totalSteps, unit: 'steps', rate, tokensPerSecond },
        `loss ${fixed(loss, 3)}`,
      )
    }
  }
}

/** The official trainer's metric names, a step a line. */
function stepText(m: StepMetrics): string {
  return [
    `step ${m.step}/${m.totalSteps}`,
    `epoch ${fixed(m.epoch, 2)}`,
    `loss ${fixed(m.loss, 4)}`,
    `rewards/real ${fixed(m.rewardReal, 3)}`,
    `rewards/generated ${fixed(m.rewardGenerated, 3)}`,
    `rewards/margins ${fixed(m.margin, 3)}`,
    `rewards/accuracies ${fixed(m.accuracy, 3)}`,
    `logps/real ${fixed(m.logpReal, 2)}`,
    `logps/generated ${fixed(m.logpGenerated, 2)}`,
    ...(m.kl === null ? [] : [`kl ${fixed(m.kl, 3)}`]),
    ...(m.entropy === null ? [] : [`entropy ${fixed(m.entropy, 3)}`]),
    `lr ${m.lr.toExponential(2)}`,
  ].join('  ')
}
