import type { PairRow } from '../../contract/chat.ts'
import type { PairAudit } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import type { GateSettings } from '../../contract/settings.ts'
import { engineLogWords } from '../../strings/engine-log.ts'
import { count as grouped } from '../../strings/amounts.ts'

/** Counts over pairs as they pass: memory of two numbers a pair. */
export class PairAuditor {
  #rows = 0
  #duplicates = 0
  #equal = 0
  #capped = 0
  #empty = 0
  readonly #realCharacters: number[] = []
  readonly #generatedCharacters: number[] = []

  addDuplicate(): void {
    this.#duplicates += 1
  }

  add(pair: PairRow): void {
    const generated = pair.generated.trim()
    this.#rows += 1
    if (generated === pair.real.trim()) this.#equal += 1
    if (generated === '') this.#empty += 1
    if (pair.finishReason === 'length') this.#capped += 1
    this.#realCharacters.push(pair.real.length)
    this.#generatedCharacters.push(pair.generated.length)
  }

  result(): PairAudit {
    return {
      rows: this.#rows,
      duplicates: this.#duplicates,
      equal: this.#equal,
      capped: this.#capped,
      empty: this.#empty,
      medianRealCharacters: median(this.#realCharacters),
      medianGeneratedCharacters: median(this.#generatedCharacters),
    }
  }
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  if (sorted.length === 0) return 0
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Refuses train pairs that training could only get worse from. Throws GATE_EQUAL_PAIRS, GATE_CAPPED, GATE_EMPTY. */
export function assertGates(audit: PairAudit, gates: GateSettings): void {
  const checks = [
    {
      code: 'GATE_EQUAL_PAIRS',
      count: audit.equal,
      limit: gates.maxEqual,
      what: 'generated answers that equal the real one',
      advice:
        'Pairs without a difference teach nothing: raise the temperature, or stop here, the model has learned this data',
    },
    {
      code: 'GATE_CAPPED',
      count: audit.capped,
      limit: gates.maxCapped,
      what: 'answers cut off at the token limit',
      advice: 'Training would learn the cut: raise max_new_tokens, or use a model that ends its answers',
    },
    {
      code: 'GATE_EMPTY',
      count: audit.empty,
      limit: gates.maxEmpty,
      what: 'empty answers',
      advice: 'Check the prompt format and the end tokens of the model',
    },
  ] as const
  for (const { code, count, limit, what, advice } of checks) {
    const share = audit.rows === 0 ? 0 : count / audit.rows
    if (share <= limit) continue
    throw new AppError(
      code,
      `Expected at most ${percent(limit)} ${what}, found ${percent(share)} (${grouped(count)} of ${grouped(audit.rows)}). ` +
        `${advice}, or raise the limit of this gate.`,
      { count, rows: audit.rows, share, limit },
    )
  }
}

/** Signs that the opponent's answers are told apart by something other than their quality. */
export function auditWarnings(audit: PairAudit, name: string): string[] {
  const words = engineLogWords.pairs
  const warnings: string[] = []
  const { medianRealCharacters: real, medianGeneratedCharacters: generated } = audit
  const ratio = real === 0 || generated === 0 ? 0 : generated / real
  if (ratio < 0.5 || ratio > 2) {
    warnings.push(words.lengths(name, generated, real))
  }
  if (audit.rows > 0 && audit.capped / audit.rows > 0.1) {
    warnings.push(words.capped(name, percent(audit.capped / audit.rows)))
  }
  if (audit.rows > 0 && audit.equal / audit.rows > 0.2) {
    warnings.push(words.equal(name, percent(audit.equal / audit.rows)))
  }
  if (audit.duplicates > 0) {
    warnings.push(words.duplicates(name, audit.duplicates))
  }
  return warnings
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`
}
