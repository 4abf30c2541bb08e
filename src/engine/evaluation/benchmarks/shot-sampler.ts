import { isDeepStrictEqual } from 'node:util'
import type { BenchmarkProfile } from '../../../contract/benchmarks.ts'
import { AppError } from '../../../contract/errors.ts'
import type { SourceRecord } from '../../data/detect-format.ts'
import type { ShotRule } from './declaration.ts'
import { PythonRandom } from './python-random.ts'

/** The harness's seed of few-shot examples, which neither version lets its leaderboard tasks change. */
const shotSeed = 1234

/**
 * Draws the shots of questions in the order of the dataset: each draw moves one stream on, so a question's shots depend on
 * all questions before it.
 */
export class ShotSampler {
  readonly #random = new PythonRandom(shotSeed)
  readonly #pool: readonly SourceRecord[]
  readonly #rule: ShotRule
  readonly #profile: BenchmarkProfile

  constructor(pool: readonly SourceRecord[], rule: ShotRule, profile: BenchmarkProfile) {
    this.#pool = pool
    this.#rule = rule
    this.#profile = profile
  }

  /** `count` rows for `question`; 0.4.0 may give fewer, where the pool holds the question. Throws BAD_INPUT. */
  draw(question: SourceRecord, count: number): readonly SourceRecord[] {
    if (count === 0) return []
    const { draw, excludesQuestion } = this.#rule
    if (draw === 'first') {
      return this.#from(excludesQuestion ? this.#without(this.#pool, question) : this.#pool, count, (pool) =>
        pool.slice(0, count),
      )
    }
    const wanted = excludesQuestion ? count + 1 : count
    const drawn = this.#from(this.#pool, wanted, (pool) => this.#random.sample(pool, wanted))
    const isOld = this.#profile === 'harness-0.4.0'
    const kept = excludesQuestion || isOld ? this.#without(drawn, question).slice(0, count) : drawn
    if (kept.length === count || isOld) return kept
    // Several copies of the question were drawn: later versions draw anew, from the others.
    return this.#from(this.#without(this.#pool, question), count, (pool) => this.#random.sample(pool, count))
  }

  #from(
    pool: readonly SourceRecord[],
    count: number,
    draw: (pool: readonly SourceRecord[]) => readonly SourceRecord[],
  ): readonly SourceRecord[] {
    if (pool.length >= count) return draw(pool)
    throw new AppError(
      'BAD_INPUT',
      `Expected at least ${count} rows to draw shots from (the split "${this.#rule.split[0]}"), found ${pool.length}. Use the whole dataset, or a task with fewer shots.`,
      { expected: count, found: pool.length },
    )
  }

  #without(rows: readonly SourceRecord[], row: SourceRecord): readonly SourceRecord[] {
    return rows.filter((other) => !isDeepStrictEqual(other, row))
  }
}
