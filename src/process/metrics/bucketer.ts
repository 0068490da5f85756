/**
 * How the values of a distribution are sorted into buckets.
 *
 * Bucket 0 lies below all bounds, bucket `finite + 1` above them; between them a bucket holds its lower bound and not its
 * upper one.
 * Source: luci-go `common/tsmon/distribution/bucketer.go`.
 */

/** Bounds of buckets. */
export class Bucketer {
  /** Width of each finite bucket; 0 for geometric ones. */
  readonly width: number
  /** Each bound is this many times the one before; 0 for buckets of fixed width. */
  readonly growth: number
  /** Buckets beside the two at the ends. */
  readonly finite: number
  /** The first bound of geometric buckets. */
  readonly scale: number
  /** Lower bounds of bucket 1 to `finite + 1`. */
  readonly bounds: Float64Array

  /** @throws RangeError for no finite bucket, a scale of 0 or less, bounds that do not grow. */
  constructor(width: number, growth: number, finite: number, scale: number) {
    if (!(Number.isInteger(finite) && finite > 0 && finite <= MAX_FINITE))
      throw new RangeError(`cannot make buckets: ${finite} of them, allowed are 1 to ${MAX_FINITE}`)
    if (!(scale > 0)) throw new RangeError(`cannot make buckets: scale is ${scale}, it must be above 0`)
    this.width = width
    this.growth = growth
    this.finite = finite
    this.scale = scale
    this.bounds = Float64Array.from({ length: finite + 1 }, (_, i) =>
      width > 0 ? width * i : bound(growth, scale, i),
    )
    for (let i = 0; i < finite; i++) {
      if (!(this.bounds[i]! < this.bounds[i + 1]!) || this.bounds[i + 1] === Number.POSITIVE_INFINITY) {
        const by = width === 0 ? `growth is ${growth}` : `width is ${width}`
        throw new RangeError(`cannot make buckets: ${by}, so that bounds do not grow`)
      }
    }
  }

  /** Which bucket a value belongs to. NaN belongs to none: it must not be asked for. */
  bucketOf(value: number): number {
    const { bounds } = this
    // Most often asked for: the bytes of a request without a body.
    if (value < bounds[0]!) return 0
    let low = 1
    let high = bounds.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (bounds[middle]! <= value) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Whether another one has the same bounds. */
  equals(other: Bucketer): boolean {
    return (
      this === other ||
      (this.width === other.width &&
        this.growth === other.growth &&
        this.finite === other.finite &&
        this.scale === other.scale)
    )
  }
}

/** Buckets at most: what one stream of a distribution may hold. */
const MAX_FINITE = 10_000

/** `finite` buckets of this width from 0 on. */
export function fixedWidthBucketer(width: number, finite: number): Bucketer {
  if (!(width > 0)) throw new RangeError(`cannot make buckets: width is ${width}, it must be above 0`)
  return new Bucketer(width, 0, finite, 1)
}

/** `finite` buckets, the first from `scale` on, each `growth` times as wide as the one before. */
export function geometricBucketer(growth: number, finite: number, scale = 1): Bucketer {
  return new Bucketer(0, growth, finite, scale)
}

/** 100 buckets, five to a power of ten, from 1 to 10²⁰. */
export function defaultBucketer(): Bucketer {
  return geometricBucketer(10 ** 0.2, 100)
}

/** To 12 digits where the growth is no integer: 10^0.2 a hundred times over is 10²⁰, not a little beside it. */
function bound(growth: number, scale: number, i: number): number {
  const exact = scale * growth ** i
  return Number.isInteger(growth) ? exact : Number(exact.toPrecision(12))
}
