/**
 * Rows of an answer as the page keeps them: by slot, as the server's rings do. What a message brings takes the place of its slots,
 * what is older than the period falls out, and a slot without samples is a gap that a chart shows as one.
 */

/** Slots of every period. Source: `src/period/periods.ts`. */
export const SLOTS = 100

/** Unix seconds, and a number for each key; null or absent is none. */
export type Row = { readonly timestamp: number } & { readonly [key: string]: number | null }

/** Values of one key at each place of `x`; null is a gap. */
interface Column {
  readonly key: string
  readonly mean: (number | null)[]
  /** Least and greatest of each slot; undefined where they were not asked for. */
  readonly min: (number | null)[] | undefined
  readonly max: (number | null)[] | undefined
}

/** What a chart draws. */
export interface Columns {
  /** Unix seconds, ascending; a gap is a place where every column is null. */
  readonly x: number[]
  readonly columns: Column[]
}

/** One period's rows by slot. */
export class History {
  /** Width of a slot. */
  readonly slotSeconds: number
  readonly #rows = new Map<number, Row>()

  constructor(slotSeconds: number) {
    this.slotSeconds = slotSeconds
  }

  /** Puts rows into their slots. `whole` lets go of what was there before; what is more than a period goes, the farthest first. */
  add(rows: readonly Row[], whole: boolean): void {
    if (whole) this.#rows.clear()
    for (const row of rows) this.#rows.set(this.#slotOf(row.timestamp), row)
    const over = this.#rows.size - SLOTS
    if (over <= 0) return
    // Mostly the oldest; after a clock was set back those of the time before.
    const newest = this.#slotOf(rows[rows.length - 1]!.timestamp)
    const slots = [...this.#rows.keys()].sort((a, b) => Math.abs(b - newest) - Math.abs(a - newest))
    for (const slot of slots.slice(0, over)) this.#rows.delete(slot)
  }

  /** Rows of the period that ends at `now` (Unix seconds), by slot, oldest first. */
  list(now: number): [slot: number, row: Row][] {
    const oldest = this.#slotOf(now) - SLOTS + 1
    for (const slot of this.#rows.keys()) if (slot < oldest) this.#rows.delete(slot)
    return [...this.#rows].sort(([a], [b]) => a - b)
  }

  /** The row of a slot. */
  at(slot: number): Row | undefined {
    return this.#rows.get(slot)
  }

  #slotOf(seconds: number): number {
    // A timestamp of whole seconds may be a hair off in floating point where it ends a slot.
    return Math.floor(seconds / this.slotSeconds + 1e-9)
  }
}

/** Keys of all rows, in the order in which they first appear. */
function keysOf(rows: Iterable<Row>): string[] {
  const keys = new Set<string>()
  for (const row of rows) for (const key in row) if (key !== 'timestamp') keys.add(key)
  return [...keys]
}

/**
 * The rows of a period as columns, with a place of nulls where more slots are missing than mostly are between two rows: of what is
 * read once a minute a slot in twenty has a row in the shortest period, and that is no gap.
 *
 * @param now Unix seconds of the period's end.
 * @param range Least and greatest of the same period; their slots are found by number.
 */
export function columnsOf(mean: History, now: number, range?: { min: History; max: History }): Columns {
  const rows = mean.list(now)
  const keys = keysOf(rows.map(([, row]) => row))
  const usual = usualStep(rows.map(([slot]) => slot))
  const x: number[] = []
  const slots: (number | undefined)[] = []
  let before: number | undefined
  for (const [slot, row] of rows) {
    if (before !== undefined && slot - before > usual) {
      x.push((before + 1.5) * mean.slotSeconds)
      slots.push(undefined)
    }
    // Set in the future or back within a slot, a clock must not make x go back.
    x.push(Math.max(row.timestamp, x.length === 0 ? Number.NEGATIVE_INFINITY : x[x.length - 1]! + 1e-3))
    slots.push(slot)
    before = slot
  }
  const column = (from: History, key: string) =>
    slots.map((slot) => (slot === undefined ? null : ownOf(from.at(slot), key)))
  return {
    x,
    columns: keys.map((key) => ({
      key,
      mean: column(mean, key),
      min: range && column(range.min, key),
      max: range && column(range.max, key),
    })),
  }
}

/** A row may be any object: what every object has is no value. */
function ownOf(row: Row | undefined, key: string): number | null {
  return row !== undefined && Object.hasOwn(row, key) ? (row[key] ?? null) : null
}

/** Slots from one row to the next, mostly, and half as many again where there are more than one. */
function usualStep(slots: readonly number[]): number {
  const steps = slots.slice(1).map((slot, i) => slot - slots[i]!)
  return Math.floor((steps.sort((a, b) => a - b)[steps.length >> 1] ?? 1) * 1.5)
}

/** Places whose neighbours are both empty: a line cannot show them, a dot does. */
export function lonely(values: readonly (number | null)[]): number[] {
  const found: number[] = []
  for (let i = 0; i < values.length; i++) {
    const alone = (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null
    if (values[i] !== null && alone) found.push(i)
  }
  return found
}

/**
 * Rows of whatever a source answers: rows as they are; series (`{label, points}`) as rows with a key for each series; targets
 * (`{alias, statuses}`) as rows of their latencies, which are gaps while a target is down. Anything else gives none.
 *
 * @param key Name of a point's number; absent: the first that is no timestamp.
 */
export function rowsOf(data: unknown, key?: string): Row[] {
  if (!Array.isArray(data) || typeof data[0] !== 'object' || data[0] === null) return []
  if (!('points' in data[0] || 'statuses' in data[0]))
    return data.filter((row) => typeof row?.timestamp === 'number') as Row[]
  const rows = new Map<number, Values>()
  for (const { points, statuses, ...names } of data as { points?: Point[]; statuses?: Point[] }[]) {
    const name = nameOf(names)
    for (const point of points ?? statuses ?? []) {
      const timestamp = point.timestamp as number
      // Any text may be a label, `__proto__` too.
      const row = rows.get(timestamp) ?? (Object.assign(Object.create(null), { timestamp }) as Values)
      const from = key ?? Object.keys(point).find((each) => each !== 'timestamp') ?? ''
      const down = 'status' in point && point.status !== 'healthy'
      row[name] = down ? null : numberOf(point[from])
      rows.set(timestamp, row)
    }
  }
  return [...rows.values()].sort((a, b) => a.timestamp! - b.timestamp!) as Row[]
}

type Values = Record<string, number | null>

/** A time and what was then. */
type Point = Readonly<Record<string, unknown>>

function nameOf(names: Readonly<Record<string, unknown>>): string {
  const { label, key, name, alias } = names
  return String(label ?? key ?? name ?? alias ?? 'value')
}

/** Beyond 2^53 an integer comes as text. */
function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}
