import type { LiveProgress, RunView } from '../../contract/app.ts'
import { duration, fixed, scientific, signed, whole } from '../components/numbers.ts'
import { compared, gainOf } from '../runs/run-score.ts'
import { runStrings } from '../strings/run.ts'
import { scoreStrings } from '../strings/scores.ts'
import { currentStage, phaseOf } from './run-phase.ts'

export interface Readout {
  name: string
  hint: string
  value: string
  unit: string
  /** Figures that stand nowhere else on the page. */
  parts?: readonly string[]
}

const words = runStrings.readouts
const row = ([name, hint]: readonly [string, string], value: string, unit = ''): Readout => ({
  name,
  hint,
  value,
  // Nothing has no unit.
  unit: value === words.unknown && unit !== words.stopped ? '' : unit,
})

/** The eight numbers of the stage at which the run is, or of the whole run once it is done. */
export function readoutRows(view: RunView): Readout[] {
  if (phaseOf(view.run) === 'finished') return finishedRows(view)
  const stage = currentStage(view)
  if (stage?.name === 'finetune') return trainingRows(view)
  if (stage?.name === 'generate' || stage?.name === 'gather') return answeringRows(view, stage.iteration)
  return passRows(view)
}

const speedOf = ({ progress, run }: RunView): [string, string] => {
  if (!run.live) return [words.unknown, words.stopped]
  const speed = progress?.tokensPerSecond
  return speed === null || speed === undefined ? [words.unknown, ''] : [whole(speed), words.tokensPerSecond]
}

function trainingRows(view: RunView): Readout[] {
  const { lastStep, progress, plan } = view
  const iteration = currentStage(view)?.iteration ?? 0
  const last = lastStep?.iteration === iteration ? lastStep : null
  const scoring = progress && progress.unit !== 'steps' ? progress : null
  const epochs = plan.iterations[Math.max(0, iteration)]?.epochs ?? 0
  const or = (text: string | null | undefined): string => text ?? words.unknown
  const isSft = iteration === -2
  return [
    scoring
      ? row(
          [scoring.what, words.done[1]],
          whole(scoring.done),
          `${words.of(whole(scoring.total))} ${scoring.unit}`,
        )
      : row(words.step, or(last && whole(last.step)), last ? words.of(whole(last.totalSteps)) : ''),
    row(words.loss, or(last && !isSft ? fixed(last.loss) : null), words.nats),
    row(words.margin, or(last && !isSft ? signed(last.margin, 2) : null), words.nats),
    row(words.accuracy, or(last && !isSft ? fixed(last.accuracy * 100, 1) : null), words.percent),
    last?.lossScale
      ? {
          ...row(words.scaledGradNorm, last.gradNorm === 0 ? words.unknown : fixed(last.gradNorm)),
          unit: words.skipped(whole(last.skippedSteps ?? 0)),
          parts: [words.scale(last.lossScale < 1 ? String(last.lossScale) : whole(last.lossScale))],
        }
      : row(words.gradNorm, or(last && fixed(last.gradNorm))),
    row(words.lr, or(last && scientific(last.lr))),
    row(words.speed, ...speedOf(view)),
    row(
      words.epoch,
      or(last && fixed(last.epoch)),
      last && !isSft ? words.of(fixed(epochs, epochs % 1 ? 2 : 0)) : '',
    ),
  ]
}

function answeringRows(view: RunView, iteration: number): Readout[] {
  const { progress, fractions, plan, run } = view
  const groups = fractions.filter((group) => group.iteration === iteration)
  const train = groups.find(({ split }) => split === 'train')
  const saved = groups.flatMap((group) => group.saved)
  const rows = saved.reduce((sum, cell) => sum + cell.rows, 0)
  const share = (count: number): string => (rows === 0 ? words.unknown : fixed((100 * count) / rows, 1))
  const total = groups.reduce((sum, group) => sum + (group.rows ?? 0), 0)
  const trainSaved = train?.saved.reduce((sum, cell) => sum + cell.rows, 0) ?? 0
  const isTest = train !== undefined && train.planned !== null && train.saved.length >= train.planned
  const live = progress?.stage === 'generate' ? progress : null
  const done = live ? (isTest ? trainSaved : 0) + live.done : rows
  const capped = saved.reduce((sum, cell) => sum + cell.capped, 0)
  const empty = saved.reduce((sum, cell) => sum + cell.empty, 0)
  const tokens = saved.reduce((sum, cell) => sum + cell.generatedTokens, 0)
  const temperature = plan.iterations[iteration]?.temperature
  return [
    row(words.rows, whole(done), total > 0 ? words.of(whole(total)) : words.rowsUnit),
    isTest
      ? row(words.fraction, words.heldOut)
      : row(
          words.fraction,
          train?.planned ? whole(Math.min((train?.saved.length ?? 0) + 1, train.planned)) : words.unknown,
          train?.planned ? words.of(whole(train.planned)) : '',
        ),
    row(words.speed, ...speedOf(view)),
    row(
      words.rate,
      run.live ? (live?.rate ? fixed(live.rate, live.rate < 10 ? 1 : 0) : words.measuring) : words.unknown,
      run.live && live?.rate ? words.rowsPerSecond : '',
    ),
    row(
      words.meanLength,
      rows === 0 ? words.unknown : fixed(tokens / rows, tokens / rows < 100 ? 1 : 0),
      words.tokens,
    ),
    row(words.capped, share(capped), words.percent),
    row(words.emptyRows, rows === 0 ? words.unknown : whole(empty), words.rowsUnit),
    run.live && live?.devices
      ? enginesRow(live.devices)
      : row(words.temperature, temperature === undefined ? words.unknown : fixed(temperature, 1)),
  ]
}

/** How many engines are at work, and what each has done. */
function enginesRow(devices: NonNullable<LiveProgress['devices']>): Readout {
  const parts = devices.map((device) =>
    words.engine(
      device.name,
      whole(device.done),
      device.rate === null ? null : fixed(device.rate, 1),
      device.isOut,
    ),
  )
  const atWork = devices.filter(({ isOut }) => !isOut).length
  return { ...row(words.engines, whole(atWork), words.of(whole(devices.length))), parts }
}

/** Of reading data and of evaluating: passes that count something. */
function passRows(view: RunView): Readout[] {
  const { progress, run, plan } = view
  const rate = progress?.rate
  const base = scoreAt(view, -1)
  const best = view.bestSoFar === null ? null : scoreAt(view, view.bestSoFar)
  return [
    row(words.doing, progress?.what ?? words.unknown),
    row(
      words.done,
      progress ? whole(progress.done) : words.unknown,
      progress && progress.total > 0 ? `${words.of(whole(progress.total))} ${progress.unit}` : '',
    ),
    row(
      words.rate,
      rate ? fixed(rate, rate < 10 ? 1 : 0) : run.live ? words.measuring : words.unknown,
      rate && progress ? words.perSecond(progress.unit) : '',
    ),
    row(words.speed, ...speedOf(view)),
    row(words.samples, whole(plan.samplesPerPrompt), words.aPrompt),
    row(words.temperature, fixed(plan.evaluationTemperature, 1)),
    row(words.base, base ?? words.unknown, scoreStrings.unit(run.score)),
    row(
      words.bestScore,
      best ?? words.unknown,
      best && view.bestSoFar !== null ? words.bestOf(scoreStrings.unit(run.score), view.bestSoFar) : '',
    ),
  ]
}

function scoreAt({ run }: RunView, iteration: number): string | null {
  const score = run.scores.find((one) => one.iteration === iteration)
  const value = score && compared(run, score)
  return value === null || value === undefined ? null : scoreStrings.value(value, run.score)
}

function finishedRows(view: RunView): Readout[] {
  const { run, fractions, estimate, eventCounts } = view
  const best = run.best ?? -1
  const gain = gainOf(run)
  const margin = run.scores.find(({ iteration }) => iteration === best)?.margin ?? null
  const sft = run.sft && compared(run, run.sft)
  const answers = fractions.flatMap(({ saved }) => saved).reduce((sum, { rows }) => sum + rows, 0)
  const unit = scoreStrings.unit(run.score)
  return [
    row(words.bestModel, runStrings.iterationName(best)),
    row(words.score, scoreAt(view, best) ?? words.unknown, unit),
    row(words.gain, gain === null ? words.unknown : scoreStrings.change(gain, run.score), unit),
    row(
      words.sft,
      sft === null || sft === undefined ? words.unknown : scoreStrings.value(sft, run.score),
      unit,
    ),
    row(words.time, duration(estimate.workedSeconds)),
    row(words.answers, whole(answers)),
    row(words.bestMargin, margin === null ? words.unknown : signed(margin, 2), words.nats),
    row(words.warnings, whole(eventCounts.warnings)),
  ]
}
