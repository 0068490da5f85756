/**
 * `/debug/vars` as Go's package `expvar` has it: publish variables of this process, and poll those of others.
 *
 * ```ts
 * const vars = createVars()
 * const jobs = vars.int('jobs')
 * jobs.add(1)
 * createServer(varsListener(vars)).listen(1234) // GET /debug/vars
 * const app = new Poller(createExpvarSource({ name: 'app', endpoint: 'localhost:1234' })).start()
 * ```
 *
 * @module
 */
export type { SeriesPoint, SeriesRow } from './aggregate.ts'
export { BYTE_UNITS, type ByteMapOptions, type ByteUnit } from './bytes.ts'
export type { ClientOptions } from './client.ts'
export { parseEndpoint } from './endpoint.ts'
export type { ExpvarEntry } from './entry.ts'
export type { ExactNumber } from './flatten.ts'
export { varsHandler, varsListener } from './handler.ts'
export type { ExpvarSample } from './sample.ts'
export { createExpvarSource, type ExpvarSource, type ExpvarSourceOptions } from './source.ts'
export { FloatVar, FuncVar, IntVar, MAX_KEYS, MapVar, StringVar, type Variable } from './variables.ts'
export { createVars, type Vars, type VarsOptions } from './vars.ts'
