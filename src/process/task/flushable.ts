/** What a flush needs of metrics, and where it goes: no more than these two are known of either. */
import type { Family } from '../../prometheus/index.ts'

/** A value as the page shows it: of a distribution its count and sum. */
export type TableValue = number | bigint | string | boolean | { readonly count: number; readonly sum: number }

/** One stream of a metric as the page shows it. */
export interface TableRow {
  readonly name: string
  /** Whether it grows until it is reset. */
  readonly cumulative: boolean
  readonly fields: Readonly<Record<string, string | number | bigint | boolean>>
  readonly value: TableValue
  /** Such as `ms` or `By`. */
  readonly unit?: string | undefined
  /** Whether this is the one stream of all that found no place of their own; it has no fields. */
  readonly overflow?: boolean
}

/** Metrics that can be flushed. */
export interface Flushable {
  /** Whose values these are, where it is not these metrics alone: no two tasks may flush what is of one source. */
  readonly source?: object
  /** All values as they are now. */
  families(): readonly Family[] | Promise<readonly Family[]>
  /** Starts all cumulative values anew, at 0 and with a new start time; gauges keep theirs. */
  resetCumulative(): void
  /** All values for the page. */
  table(): readonly TableRow[]
  /**
   * Switches recording on or off. Off drops all values and makes recording cost nothing; on begins with none.
   * Called with each change of the setting `enabled`, and once when the task starts: what was recorded before that stays when it is on already.
   */
  setEnabled?(enabled: boolean): void
}

/**
 * Takes what a flush sends, or a part of it. Rejects when it was not taken: the flush has then failed.
 *
 * @param labels Those of the task: to be added to each point.
 * @param signal Aborted at the end of the flush's time, when its task number is lost, and when the process stops.
 * @param destination The setting of that name: names of recorders; empty is wherever flushes go by default.
 */
export type Send = (
  families: readonly Family[],
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
  destination: readonly string[],
) => Promise<void>
