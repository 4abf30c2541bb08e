import type { Throughput } from '../../contract/app/runs.ts'

const longestSeconds = 90 * 60
const mostBuckets = 360
const firstBucketSeconds = 2

interface Bucket {
  sum: number
  count: number
}

export interface ThroughputLog {
  /** null = at work, but not on anything that has a token rate. */
  add(at: number, tokensPerSecond: number | null): void
  view(): Throughput | null
}

/**
 * Tokens a second over the last 90 minutes in at most 360 buckets: of two seconds at first, twice as wide whenever they have
 * become too many, and the oldest forgotten once they are 16 seconds wide. Kept in memory alone.
 */
export function createThroughputLog(): ThroughputLog {
  let fromAt = 0
  let bucketSeconds = firstBucketSeconds
  let buckets: Bucket[] = []

  function makeRoom(): void {
    if (buckets.length * bucketSeconds > longestSeconds) {
      buckets.shift()
      fromAt += bucketSeconds * 1000
    } else if (buckets.length > mostBuckets) {
      buckets = Array.from({ length: Math.ceil(buckets.length / 2) }, (_, i) => {
        const [a, b] = [buckets[2 * i]!, buckets[2 * i + 1]]
        return { sum: a.sum + (b?.sum ?? 0), count: a.count + (b?.count ?? 0) }
      })
      bucketSeconds *= 2
    }
  }

  return {
    add(at, tokensPerSecond) {
      if (buckets.length === 0) fromAt = at
      const index = Math.floor((at - fromAt) / (bucketSeconds * 1000))
      if (index < 0) return // the clock was set back
      // After a machine's sleep only what is still shown is filled in.
      if ((index - buckets.length) * bucketSeconds > longestSeconds) {
        fromAt = at
        buckets = []
        bucketSeconds = firstBucketSeconds
        return this.add(at, tokensPerSecond)
      }
      while (buckets.length <= index) buckets.push({ sum: 0, count: 0 })
      const bucket = buckets[index]!
      if (tokensPerSecond !== null) {
        bucket.sum += tokensPerSecond
        bucket.count++
      }
      while (buckets.length > mostBuckets || buckets.length * bucketSeconds > longestSeconds) makeRoom()
    },
    view() {
      if (buckets.every(({ count }) => count === 0)) return null
      const values = buckets.map(({ sum, count }) => (count === 0 ? null : Math.round(sum / count)))
      return { fromAt, bucketSeconds, values }
    },
  }
}
