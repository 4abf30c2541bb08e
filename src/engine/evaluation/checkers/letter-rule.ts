import { badCheck, readCount, readOptions } from './checker.ts'

/** What a word must be like; absent = free. Written `len=5:start=b:end=d:with=r`. */
export interface LetterRule {
  len?: number
  start?: string
  end?: string
  with?: string
}

const letterKeys = ['start', 'end', 'with'] as const

export function readLetterRule(form: string, parameters: readonly string[]): LetterRule {
  const options = readOptions(form, parameters, ['len', ...letterKeys])
  const rule: LetterRule = {}
  const length = options.get('len')
  if (length !== undefined) {
    const len = readCount(length)
    if (len === undefined || len === 0) throw badCheck(form, parameters)
    rule.len = len
  }
  for (const key of letterKeys) {
    const letter = options.get(key)
    if (letter === undefined) continue
    if (!/^[a-z]$/.test(letter)) throw badCheck(form, parameters)
    rule[key] = letter
  }
  return rule
}

export function writeLetterRule(rule: LetterRule): string {
  const parts: string[] = []
  if (rule.len !== undefined) parts.push(`len=${rule.len}`)
  for (const key of letterKeys) if (rule[key] !== undefined) parts.push(`${key}=${rule[key]}`)
  return parts.join(':')
}

export function obeys(word: string, rule: LetterRule): boolean {
  return (
    (rule.len === undefined || word.length === rule.len) &&
    (rule.start === undefined || word.startsWith(rule.start)) &&
    (rule.end === undefined || word.endsWith(rule.end)) &&
    (rule.with === undefined || word.includes(rule.with))
  )
}
