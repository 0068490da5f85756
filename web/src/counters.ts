/** The charts of one counter of another program's file. */
import type { CounterSample } from '../../src/counters/index.ts'
import type { ChartDefinition } from './charts/definition.ts'
import { tellName } from './units.ts'

/** A counter with where it is from. */
export interface Counter extends CounterSample {
  readonly source: string
  readonly file: string
  /** Whether its program still runs. */
  readonly alive: boolean
  /** What opens it. */
  readonly path: string
}

/** What is wrong with a file: an error names it again, with its folder, before it says why. */
export function unreadable(file: string, error: string): string {
  const named = error.indexOf(`${file}: `)
  return `cannot be read: ${named < 0 ? error : error.slice(named + file.length + 2)}`
}

/** Its growth, or what it has counted. */
export function chartOfCounter(
  { source, file, label, value, rate }: Counter,
  aggregate: 'rate' | 'value',
): ChartDefinition {
  const now = aggregate === 'rate' ? rate : Number(value)
  const name = tellName(label)
  return {
    source,
    aggregate,
    title: aggregate === 'rate' ? `${name}, a second` : name,
    unit: aggregate === 'rate' ? 'per_second' : 'number',
    params: { file, label },
    // The source takes both for globs.
    only: [label],
    pointKey: aggregate,
    now: { [label]: now },
  }
}
