/** The JSON of counters files: what is in memory and on the wire. */
import type { Int64 } from '../utils/index.ts'
import type { Static } from './statics.ts'

/** All files at one moment. */
export interface CountersSample {
  /** Unix seconds. */
  readonly timestamp: number
  /** By name: that of the file without its folder. */
  readonly files: Readonly<Record<string, FileSample>>
}

/** One file. */
export interface FileSample {
  /** Process that made the file. Null when it cannot be read. */
  readonly pid: number | null
  /** When the file was made, Unix milliseconds. */
  readonly started: number | null
  /** Whether that process lives; its counters stay as it left them when not. */
  readonly alive: boolean
  /** Why the file cannot be read; null when it can. */
  readonly error: string | null
  readonly statics: readonly Static[]
  /** In the order of the file. */
  readonly counters: readonly CounterSample[]
}

/** One counter. Beyond 2^53 an integer is a bigint here, and all its digits in JSON. */
export interface CounterSample {
  readonly id: Int64
  /** Unique in its file: a counter that comes while another has its label is called `label[2]` or the next that is free, and stays so when that one is gone. */
  readonly label: string
  readonly value: Int64
  /** Change per second since the sample before, negative where the value fell. Null for the first of a counter. */
  readonly rate: number | null
}
