/** What is wrong, in the order in which it wants to be seen. */
import type { Route } from '../route.ts'

/** How much it matters: `bad` wants somebody now, `warn` soon. */
export type Severity = 'bad' | 'warn'

/** Where to look for the moment it began: the newest rows of a source for which `holds` is true without a break. */
export interface Beginning {
  readonly source: string
  readonly aggregate: string
  readonly key: string
  readonly least: number
}

/** Something that is wrong now. */
export interface Problem {
  /** The same problem has the same id from one look to the next. */
  readonly id: string
  readonly severity: Severity
  /** What it is about: a target, a disk, a source. */
  readonly subject: string
  /** What is wrong with it. */
  readonly text: string
  /** Unix seconds if it is known, or where to look. */
  readonly since?: number | Beginning | undefined
  /** Where more is to be seen. */
  readonly link: Partial<Route>
}

/** The worst first; those that began last before older ones of the same weight keep their order. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => Number(b.severity === 'bad') - Number(a.severity === 'bad'))
}
