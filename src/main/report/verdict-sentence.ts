import type { Comparison, Report } from '../../contract/report.ts'
import { points, signedPoints } from './number-format.ts'

/** What the verdict is derived from: the report without its sentence. */
export type Findings = Pick<Report, 'base' | 'iterations' | 'sft' | 'comparisons'>

/** Names of the models, as comparisons, table and charts use them. */
export const baseName = 'base'
export const sftName = 'equal SFT'
export const iterationName = (iteration: number): string => `iteration ${iteration}`
export const temperedBaseName = (temperature: number): string => `base at temperature ${temperature}`

/**
 * Plain sentences: what the last iteration gained over the base, over the same amount of SFT, and over simply lowering
 * the base's temperature. The last iteration is judged, not the best one: picking the best on the test prompts would
 * flatter it. "Clear" means that the 95 % interval of the paired difference excludes 0.
 */
export function verdictSentence(findings: Findings): string {
  return [sampledSentence(findings), greedySentence(findings), temperatureSentence(findings)]
    .filter((sentence) => sentence !== '')
    .join(' ')
}

/** The last iteration's name and the comparison of two models, where it was made. */
export function lastIterationName(findings: Findings): string {
  return iterationName(findings.iterations.at(-1)!.iteration)
}

export function findComparison(
  findings: Findings,
  better: string,
  than: string,
  score: Comparison['score'],
): Comparison | undefined {
  return findings.comparisons.find((c) => c.better === better && c.than === than && c.score === score)
}

/** `+4.1 ± 1.3 points, clear` */
export function describeDifference(comparison: Comparison): string {
  return `${differenceNumbers(comparison)}, ${comparison.clear ? 'clear' : 'within error'}`
}

/** The same where the words around it already say how it is judged: `+4.1 ± 1.3 points`. */
function differenceNumbers(comparison: Comparison): string {
  return `${signedPoints(comparison.mean)} ± ${points(comparison.standardError)} points`
}

function sampledSentence(findings: Findings): string {
  const last = findings.iterations.at(-1)!
  const name = lastIterationName(findings)
  const gain = findComparison(findings, name, baseName, 'sampled')
  if (!gain || last.evaluation.sampled === null || findings.base.evaluation.sampled === null) return ''
  const count = findings.iterations.length
  const rounds = `${numberWords[count] ?? String(count)} self-play ${count === 1 ? 'iteration' : 'iterations'}`
  const from = points(findings.base.evaluation.sampled)
  const to = points(last.evaluation.sampled)
  const first = gain.clear
    ? `At temperature ${last.evaluation.temperature}, ${rounds} ${gain.mean > 0 ? 'raised' : 'lowered'} the share of valid answers from ${from} to ${to} (${describeDifference(gain)}).`
    : `At temperature ${last.evaluation.temperature}, ${rounds} made no clear difference: ${from} before, ${to} after (${differenceNumbers(gain)}).`
  return `${first} ${sftSentence(findings, name)}`.trim()
}

const numberWords = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']

function sftSentence(findings: Findings, name: string): string {
  const against = findComparison(findings, name, sftName, 'sampled')
  if (!findings.sft || !against || findings.sft.evaluation.sampled === null) return ''
  const reached = `The same number of plain SFT steps on the same prompts reaches ${points(findings.sft.evaluation.sampled)}`
  if (!against.clear)
    return `${reached}: self-play and SFT are within error of each other (${differenceNumbers(against)}).`
  return `${reached}; self-play is ${against.mean > 0 ? 'above' : 'below'} it (${describeDifference(against)}).`
}

function greedySentence(findings: Findings): string {
  const last = findings.iterations.at(-1)!
  const name = lastIterationName(findings)
  const gain = findComparison(findings, name, baseName, 'greedy')
  if (!gain) return ''
  const verb = !gain.clear ? 'did not clearly change' : gain.mean > 0 ? 'improved' : 'got worse'
  const numbers = `${points(findings.base.evaluation.greedy)} to ${points(last.evaluation.greedy)}, ${differenceNumbers(gain)}`
  const against = findComparison(findings, name, sftName, 'greedy')
  const sft = against ? `, and against SFT the difference is ${describeDifference(against)}` : ''
  return `Greedy answers ${verb} (${numbers})${sft}.`
}

function temperatureSentence(findings: Findings): string {
  const best = bestLowerTemperature(findings)
  if (!best) return ''
  const against = findComparison(
    findings,
    lastIterationName(findings),
    temperedBaseName(best.temperature),
    'sampled',
  )
  if (!against) return ''
  const reached = `Without any training, the base sampled at temperature ${best.temperature} (its best of those tried) reaches ${points(best.sampled)}`
  const model = `the trained model at temperature ${findings.iterations.at(-1)!.evaluation.temperature}`
  if (!against.clear) return `${reached}, within error of ${model} (${differenceNumbers(against)}).`
  return against.mean > 0
    ? `${reached}, less than ${model} (${describeDifference(against)}).`
    : `${reached}, more than ${model} (${describeDifference(against)}): where only the score counts, a lower temperature gives more than this training did.`
}

/** The temperature below the evaluation's own at which the base scores best. */
export function bestLowerTemperature(
  findings: Pick<Report, 'base'>,
): Report['base']['temperatures'][number] | undefined {
  return findings.base.temperatures
    .filter((score) => score.temperature < findings.base.evaluation.temperature)
    .sort((a, b) => b.sampled - a.sampled || a.temperature - b.temperature)[0]
}
