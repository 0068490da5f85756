/** What is wrong, in the order in which it wants to be seen. */
import type { Route } from '../route.ts'

/** How much it matters: `bad` wants somebody now, `warn` soon. */
export type Severity = 'bad' | 'warn'

/** Where to look for the moment it began: the newest rows of a source in which a value is at its bound or over, without a break. */
export interface Beginning {
  readonly source: string
  readonly aggregate: string
  readonly key: string
  readonly least: number
  /** The value is the mean of so many seconds; absent: that of a moment. */
  readonly meanSeconds?: number
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
  /** So many problems are told in this one line; absent: one. */
  readonly count?: number
  /** Where more is to be seen. */
  readonly link: Partial<Route>
}

/** What is wrong, what was looked at, and whether all of it was heard of. */
export interface Findings {
  /** The worst first. */
  readonly problems: readonly Problem[]
  /** What was found well, in words. */
  readonly checked: string
  /** False until every source has told something: before that nobody knows whether all is well. */
  readonly ready: boolean
}

/** The worst first; those of the same weight keep their order. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => Number(b.severity === 'bad') - Number(a.severity === 'bad'))
}

/** The worst of the problems of a source whose ids begin with one of these names. */
export function severityOf(
  problems: readonly Problem[],
  source: string,
  ...names: readonly string[]
): Severity | undefined {
  const own = problems.filter(({ id }) =>
    names.some((name) => id === `${source}/${name}` || id.startsWith(`${source}/${name} `)),
  )
  return sortProblems(own)[0]?.severity
}
