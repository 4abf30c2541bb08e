import type { Step, TokenizerFiles } from './tokenizer-files.ts'

/**
 * llama.cpp knows how words are split by a name ("tokenizer.ggml.pre"). Its converter finds the name by hashing the tokens
 * of a test text, which needs the hash of every tokenizer there is; here the name follows from the rule itself, as
 * tokenizer.json states it. Rules and names: llm_tokenizer_bpe and llama_vocab::impl::load of src/llama-vocab.cpp.
 */
const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
const tail = String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
const letters = String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`
const capitals = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`
const smalls = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`
const cased = (ending: string): string =>
  String.raw`[^\r\n\p{L}\p{N}]?${capitals}*${smalls}+${ending}|[^\r\n\p{L}\p{N}]?${capitals}+${smalls}*${ending}`
const casedTail = String.raw`| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
const gpt2 = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

interface Rule {
  name: string
  /** Which of llama.cpp's names take a whole word that is a token as it is, before any merge. */
  ignoresMerges: boolean
}

const rules = new Map<string, readonly Rule[]>([
  [
    String.raw`${contractions}|${letters}|\p{N}{1,3}${tail}`,
    [
      { name: 'llama-bpe', ignoresMerges: true },
      { name: 'dbrx', ignoresMerges: false },
    ],
  ],
  [String.raw`${contractions}|${letters}|\p{N}${tail}`, [{ name: 'qwen2', ignoresMerges: false }]],
  [
    String.raw`${contractions}|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    [{ name: 'qwen35', ignoresMerges: false }],
  ],
  [String.raw`${cased('')}|\p{N}${casedTail}`, [{ name: 'tekken', ignoresMerges: true }]],
  [
    String.raw`${cased(`${contractions}?`)}|\p{N}{1,3}${casedTail}`,
    [{ name: 'gpt-4o', ignoresMerges: false }],
  ],
  [gpt2, [{ name: 'gpt-2', ignoresMerges: false }]],
  [`digits ${gpt2}`, [{ name: 'smollm', ignoresMerges: false }]],
])

/** The name, or undefined where llama.cpp has none for this rule. */
export function preTokenizerName({ preTokenizers, ignoreMerges }: TokenizerFiles): string | undefined {
  const described = describeRule(preTokenizers)
  const candidates = described === undefined ? [] : (rules.get(described) ?? [])
  return candidates.find((rule) => rule.ignoresMerges === ignoreMerges)?.name ?? candidates[0]?.name
}

/** The splitting rule as one text: its pattern, with "digits " before it where single digits are split off first. */
function describeRule(steps: readonly Step[]): string | undefined {
  const parts: string[] = []
  for (const step of steps) {
    if (step.type === 'ByteLevel') {
      if (step['use_regex'] !== false) parts.push(gpt2)
    } else if (step.type === 'Digits' && step['individual_digits'] === true) parts.push('digits')
    else if (step.type === 'Split') {
      const pattern = splitPattern(step)
      if (pattern === undefined) return undefined
      parts.push(pattern)
    } else return undefined
  }
  return parts.join(' ')
}

/** Undefined where the pattern is not what the words are, each by itself. */
function splitPattern(step: Step): string | undefined {
  const { pattern, behavior, invert } = step
  // The two ways in which words are the matches: both keep every match as one word, and the rules above match all text.
  const keepsMatches =
    (behavior === 'Isolated' && invert !== true) || (behavior === 'Removed' && invert === true)
  if (!keepsMatches || typeof pattern !== 'object' || pattern === null || !('Regex' in pattern))
    return undefined
  const regex = pattern.Regex
  return typeof regex === 'string'
    ? regex.replaceAll('\r', String.raw`\r`).replaceAll('\n', String.raw`\n`)
    : undefined
}
