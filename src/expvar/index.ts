/**
 * `/debug/vars` as Go's package `expvar` has it: publish variables of this process.
 *
 * ```ts
 * const vars = createVars()
 * const jobs = vars.int('jobs')
 * jobs.add(1)
 * createServer(varsListener(vars)).listen(1234) // GET /debug/vars
 * ```
 *
 * @module
 */
export { varsHandler, varsListener } from './handler.ts'
export { FloatVar, FuncVar, IntVar, MAX_KEYS, MapVar, StringVar, type Variable } from './variables.ts'
export { createVars, type Vars, type VarsOptions } from './vars.ts'
