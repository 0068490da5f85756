/** Values sorted into buckets, with their count and sum. Source: luci-go `common/tsmon/distribution`. */
import { type Bucketer, defaultBucketer } from './bucketer.ts'

/** How many values lie where. */
export class Distribution {
  readonly bucketer: Bucketer
  /** Counts per bucket; ends with the highest that holds any. */
  readonly counts: number[] = []
  count = 0
  sum = 0

  constructor(bucketer: Bucketer = defaultBucketer()) {
    this.bucketer = bucketer
  }

  /** Adds a value. @throws RangeError for NaN and infinities: one would spoil the sum for ever. */
  add(value: number): void {
    // An infinity minus itself is NaN, as NaN is.
    if (value - value !== 0) throw new RangeError(`cannot add ${value} to a distribution: it is not finite`)
    const bucket = this.bucketer.bucketOf(value)
    const { counts } = this
    while (counts.length <= bucket) counts.push(0)
    counts[bucket]!++
    this.count++
    this.sum += value
  }

  /** Adds all of another one. @throws TypeError for other buckets. */
  merge(other: Distribution): void {
    if (!this.bucketer.equals(other.bucketer))
      throw new TypeError('cannot merge distributions: their buckets differ')
    const { counts } = this
    while (counts.length < other.counts.length) counts.push(0)
    for (let i = 0; i < other.counts.length; i++) counts[i]! += other.counts[i]!
    this.count += other.count
    this.sum += other.sum
  }

  /** Index of the highest bucket that holds any; −1 while it is empty. */
  get lastNonZeroBucket(): number {
    return this.counts.length - 1
  }

  /** Null while it is empty. */
  get mean(): number | null {
    return this.count > 0 ? this.sum / this.count : null
  }

  /**
   * The value below which this part (0…1) of all values lies, as near as buckets tell: within a bucket values are taken to
   * lie evenly. Of the first bucket it is the upper bound, of the last the lower. Null while it is empty.
   */
  quantile(part: number): number | null {
    if (this.count === 0) return null
    const { bounds } = this.bucketer
    const rank = part * this.count
    let below = 0
    let bucket = 0
    while (
      this.counts[bucket] === 0 ||
      (bucket < this.counts.length - 1 && below + this.counts[bucket]! < rank)
    )
      below += this.counts[bucket++]!
    if (bucket === 0) return bounds[0]!
    if (bucket >= bounds.length) return bounds.at(-1)!
    const low = bounds[bucket - 1]!
    return low + (bounds[bucket]! - low) * Math.max(0, (rank - below) / this.counts[bucket]!)
  }

  /** A copy that shares nothing. */
  clone(): Distribution {
    const copy = new Distribution(this.bucketer)
    copy.merge(this)
    return copy
  }

  /** Empties it. */
  clear(): void {
    this.counts.length = 0
    this.count = 0
    this.sum = 0
  }
}
