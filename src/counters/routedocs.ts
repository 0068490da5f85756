/** The routes of `countersRoutes`, for a description of the API. */

/** A route as it is described. */
export interface CountersRouteDoc {
  /** With `{name}` for its variable parts. */
  readonly path: string
  readonly summary: string
  /** What a 200 holds. */
  readonly answer: string
  /** Its variable parts. */
  readonly params?: Readonly<Record<string, string>>
}

const FILE = 'Name of a file as `/counters` lists it: `app.dat`, or `<reader>:app.dat`'

export const COUNTERS_DOCS: readonly CountersRouteDoc[] = [
  { path: '/counters', summary: 'Counters files of all readers', answer: 'files' },
  ofFile('dump', 'All of a counters file', 'file, version, pid, started, statics, counters'),
  ofFile('file', 'Its name as it was asked for', 'A text'),
  ofFile('version', 'Version of its format', 'A number'),
  ofFile('pid', 'The process that made it', 'A number'),
  ofFile('started', 'When it was made, Unix milliseconds', 'A number'),
  ofFile('statics', 'Facts its writer gave at the start', 'statics'),
  ofFile('static/{label}', 'One of them', 'A text', { label: 'Label of the static' }),
  ofFile('counters', 'Its counters', 'counters'),
  ofFile('counter/{wanted}', 'The value of one of them', 'A whole number, exact to 2^63', {
    wanted: 'Label of the counter; all digits are an id',
  }),
]

function ofFile(
  path: string,
  summary: string,
  answer: string,
  params: Readonly<Record<string, string>> = {},
): CountersRouteDoc {
  return { path: `/counters/{file}/${path}`, summary, answer, params: { file: FILE, ...params } }
}
