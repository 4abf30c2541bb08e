import { strip } from '../../text/jinja/python-text.ts'
import { directly, type PatternRunner } from './pattern-runner.ts'
import { pythonRegex } from './python-regex.ts'
import type { QuestionScore } from './task.ts'

/** A filter of generated answers: what it reads out of a response, or its fallback. */
export interface AnswerFilter {
  name: string
  apply(response: string): string
}

export interface RegexFilterOptions {
  select?: number
  fallback?: string
  runner?: PatternRunner
}

/** As RegexFilter: the first match (or the `select`-th, from the end if negative); its first group that is not empty. */
export function regexFilter(
  pattern: string,
  { select = 0, fallback = '[invalid]', runner = directly }: RegexFilterOptions = {},
): (text: string) => string {
  const regex = pythonRegex(pattern)
  return (text) => {
    const match = runner.matches(regex, text).at(select)
    if (!match) return fallback
    const [whole, ...groups] = match
    if (groups.length === 0) return strip(whole)
    if (groups.length === 1) return strip(groups[0] ?? '')
    const found = groups.find((group) => group !== undefined && group !== '')
    return found === undefined ? fallback : strip(found)
  }
}

export interface ExactMatch {
  /** Deleted from both sides, one after the other. */
  ignoredPatterns: readonly string[]
  ignoreCase: boolean
  ignorePunctuation: boolean
  ignoreNumbers: boolean
}

const punctuation = /[!-/:-@[-`{-~]/g

/** 1 where answer and target are equal after what is ignored, as the metric `exact_match` of Hugging Face's evaluate. */
export function exactMatch(
  rule: ExactMatch,
  runner: PatternRunner = directly,
): (answer: string, target: string) => number {
  const patterns = rule.ignoredPatterns.map(pythonRegex)
  const normal = (text: string): string => {
    let left = text
    for (const pattern of patterns) left = runner.remove(pattern, left)
    if (rule.ignoreCase) left = left.toLowerCase()
    if (rule.ignorePunctuation) left = left.replaceAll(punctuation, '')
    if (rule.ignoreNumbers) left = left.replaceAll(/\d/g, '')
    return left
  }
  return (answer, target) => (normal(answer) === normal(target) ? 1 : 0)
}

/** "exact_match,<filter>" of every filter. */
export function scoreResponse(
  response: string,
  target: string,
  filters: readonly AnswerFilter[],
  matches: (answer: string, target: string) => number,
): QuestionScore {
  const score: QuestionScore = { metrics: {}, extracted: {} }
  for (const { name, apply } of filters) {
    const extracted = apply(response)
    score.extracted[name] = extracted
    score.metrics[`exact_match,${name}`] = matches(extracted, target)
  }
  return score
}
