/** Counters files as text: the lines of the console printer, the same for a screen, and JSON. */
import { exactJson } from '../utils/index.ts'
import type { CountersReader, Reading } from './reader.ts'
import type { Static } from './statics.ts'
import { bytesOf } from './text.ts'

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

/**
 * What mc4go's printer prints, ending with a line feed, byte for byte: labels that are not UTF-8, or that hold control
 * characters, as they are.
 */
export function printCounters(reader: CountersReader, file: string = reader.path): Buffer {
  const { version, pid, startTime } = reader
  const parts: (string | Buffer)[] = [headOf({ file, version, pid, started: startTime })]
  for (const { label, value } of reader.fileStatics())
    parts.push('static: ', bytesOf(label), '=', bytesOf(value), '\n')
  reader.forEach((id, text, value, bytes) => {
    parts.push('counter: ', bytes ?? text, `[${id}]=${value}\n`)
  })
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}

/**
 * The same lines for a screen, with each counter's change per second since `before`. Control characters are escaped: a label
 * may hold anything, and must not begin a line, move the cursor or set colours.
 */
export function printScreen(dump: Dump, before?: Dump, seconds = 0): string {
  const same = before?.pid === dump.pid && before.started === dump.started
  const last = new Map(same ? before.counters.map(({ id, value }) => [id, value]) : [])
  const counters = dump.counters.map(({ label, id, value }) => {
    const was = last.get(id)
    const rate = was === undefined || seconds <= 0 ? '' : ` (${(Number(value - was) / seconds).toFixed(1)}/s)`
    return `counter: ${escapeControls(label)}[${id}]=${value}${rate}\n`
  })
  const statics = dump.statics.map(
    ({ label, value }) => `static: ${escapeControls(label)}=${escapeControls(value)}\n`,
  )
  return [headOf({ ...dump, file: escapeControls(dump.file) }), ...statics, ...counters].join('')
}

/** Control characters, line feeds among them, as `\x0a`. */
export function escapeControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, (found) => {
    return `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}

/** The dump as one line of JSON; all integers exact. */
export function countersJson(dump: Dump): string {
  return exactJson(dump)
}

function headOf({ file, version, pid, started }: Pick<Dump, 'file' | 'version' | 'pid' | 'started'>): string {
  return `file: ${file}\nversion: ${version}\npid: ${pid}\nstarted: ${started}\n`
}
