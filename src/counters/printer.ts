/** Counters files as text: the lines of the console printer, and JSON. Pure functions from a reader to a string. */
import { exactJson } from '../utils/index.ts'
import type { CountersReader, Reading } from './reader.ts'
import type { Static } from './statics.ts'

/** All of a file, as `/dump` and `--json` give it. */
export interface Dump {
  /** The name or path as it was given. */
  readonly file: string
  readonly version: number
  readonly pid: number
  /** Unix milliseconds. */
  readonly started: number
  readonly statics: readonly Static[]
  readonly counters: readonly Reading[]
}

export function dumpCounters(reader: CountersReader, file: string = reader.path): Dump {
  const { version, pid, startTime } = reader
  return { file, version, pid, started: startTime, statics: reader.statics(), counters: reader.counters() }
}

/** The lines that mc4go's printer prints, ending with a line feed. */
export function printCounters(dump: Dump): string {
  return linesOf(dump, ({ label, id, value }) => `counter: ${label}[${id}]=${value}`)
}

/** The same with each counter's change per second since `before`, for a screen that is drawn again and again. */
export function printRates(dump: Dump, before: Dump | undefined, seconds: number): string {
  const same = before?.pid === dump.pid && before.started === dump.started
  const last = new Map(same ? before.counters.map(({ id, value }) => [id, value]) : [])
  return linesOf(dump, ({ label, id, value }) => {
    const was = last.get(id)
    const rate = was === undefined || seconds <= 0 ? '' : ` (${(Number(value - was) / seconds).toFixed(1)}/s)`
    return `counter: ${label}[${id}]=${value}${rate}`
  })
}

/** The dump as one line of JSON; all integers exact. */
export function countersJson(dump: Dump): string {
  return exactJson(dump)
}

function linesOf(dump: Dump, counterLine: (reading: Reading) => string): string {
  return [
    `file: ${dump.file}`,
    `version: ${dump.version}`,
    `pid: ${dump.pid}`,
    `started: ${dump.started}`,
    ...dump.statics.map(({ label, value }) => `static: ${label}=${value}`),
    ...dump.counters.map(counterLine),
    '',
  ].join('\n')
}
