/**
 * Reads a counters file while others write it; see `walk.ts` for how label and value stay together.
 *
 * Differs from mc4go: every length is checked against the file's size, and a cut, foreign or half-written file is an error.
 */
import { countersPath } from './directory.ts'
import type { Header } from './layout.ts'
import { WriterProcess } from './liveness.ts'
import { type FileStatic, parseStatics, type Static } from './statics.ts'
import { type CounterVisitor, Walk } from './walk.ts'
import { openWindow, type Window } from './window.ts'

/** One counter as it was at one moment. */
export interface Reading {
  readonly id: bigint
  readonly label: string
  readonly value: bigint
}

/** An open counters file. Not for two walks at once: `forEach`'s callback must not call the same reader. */
export class CountersReader {
  readonly path: string
  readonly #window: Window
  readonly #fileStatics: readonly FileStatic[]
  readonly #statics: readonly Static[]
  readonly #walk: Walk
  readonly #writer: WriterProcess
  #open = true

  /** @internal Use `openCounters`. */
  constructor(path: string, window: Window) {
    this.path = path
    this.#window = window
    this.#walk = new Walk(path, window)
    this.#writer = new WriterProcess({ ...window.header, ino: window.ino })
    this.#fileStatics = parseStatics(window.start, window.header, path)
    this.#statics = this.#fileStatics.map(({ label, value }) => ({ label: label.text, value: value.text }))
    window.check()
  }

  get version(): number {
    return this.#header.version
  }

  /** Process that made the file. */
  get pid(): number {
    return this.#header.pid
  }

  /** When the file was made, Unix milliseconds. */
  get startTime(): number {
    return this.#header.startTime
  }

  /** Counters that the file has room for. */
  get capacity(): number {
    return this.#header.capacity
  }

  /** Whether the process that made the file lives on this machine now; another one that was given its pid is not it. */
  get isAlive(): boolean {
    return this.#writer.lives
  }

  /** Whether the file is mapped; else each walk reads it. */
  get isMapped(): boolean {
    return this.#window.mapped
  }

  /** Facts that the writer gave at the start, sorted by label as it wrote them. */
  statics(): readonly Static[] {
    this.#mustBeOpen()
    return this.#statics
  }

  /** @internal The same with the bytes of texts that are not UTF-8. */
  fileStatics(): readonly FileStatic[] {
    this.#mustBeOpen()
    return this.#fileStatics
  }

  /** Value of a static, or undefined. */
  getStatic(label: string): string | undefined {
    return this.statics().find((fact) => fact.label === label)?.value
  }

  /** All counters that are there now, in the order of their slots. Throws `corrupt` when the file was cut or overwritten. */
  counters(): Reading[] {
    const readings: Reading[] = []
    this.forEach((id, label, value) => {
      readings.push({ id, label, value })
    })
    return readings
  }

  /** The same without making an object of each; labels that are not UTF-8 with their bytes. */
  forEach(visit: CounterVisitor): void {
    this.#mustBeOpen()
    this.#walk.visit(visit)
  }

  /** The counter of an id, or undefined. */
  get(id: bigint): Reading | undefined {
    return this.counters().find((reading) => reading.id === id)
  }

  /** The first counter of a label, or undefined. Labels need not be unique. */
  getByLabel(label: string): Reading | undefined {
    return this.counters().find((reading) => reading.label === label)
  }

  /** Lets the file go; any use after it throws. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#window.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  get #header(): Header {
    return this.#window.header
  }

  #mustBeOpen(): void {
    if (!this.#open) throw new TypeError(`cannot read counters file ${this.path}: the reader is closed`)
  }
}

/**
 * Opens a counters file for reading, mapped where a cut of it can be survived.
 *
 * @param nameOrPath A name looks in the counters directory; anything with a `/` is a path.
 * @throws MetricsError `not_found`, `unavailable` (not yet published, no permission), `corrupt` (another version, too).
 */
export function openCounters(nameOrPath: string, options: { mapped?: boolean } = {}): CountersReader {
  const path = countersPath(nameOrPath)
  const window = openWindow(path, { mapped: options.mapped ?? true })
  try {
    return new CountersReader(path, window)
  } catch (error) {
    window.close()
    throw error
  }
}
